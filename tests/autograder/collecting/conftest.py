"""A course with one tiny assignment, a roster, and what systems give out."""

import csv
import io
import json
import zipfile
from types import SimpleNamespace

import pytest

from autograder.collecting.collect import collect
from autograder.course.course import read_notebook
from autograder.notebooks.fill_answers import fill
from tests.tiny_course import RIGHT, TINY, tiny_course

ROSTER = (
    {"id": "ada", "name": "Lovelace, Ada", "email": "ada@school.edu", "canvas_id": "101"},
    {"id": "emmy", "name": "Emmy Noether", "email": "emmy@school.edu", "canvas_id": "102"},
    {"id": "zoe", "name": "Zoë de la Cruz", "email": "zoe@school.edu", "canvas_id": "103"},
    {"id": "lee1", "name": "Jo Lee", "email": "jo.lee@school.edu", "canvas_id": ""},
    {"id": "lee2", "name": "Jo Lee", "email": "jo.lee2@school.edu", "canvas_id": ""},
)


@pytest.fixture(scope="session")
def template(tmp_path_factory):
    return tiny_course(tmp_path_factory.mktemp("template") / "course")


@pytest.fixture
def course(tmp_path, template):
    """A course directory without submissions."""
    import shutil

    from autograder.course.course import Course

    shutil.copytree(template.root, tmp_path / "course")
    return Course.at(tmp_path / "course")


@pytest.fixture
def roster(course):
    write_roster(course.root / "roster.csv", ROSTER)


def write_roster(path, rows):
    with open(path, "w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


@pytest.fixture
def book(course):
    """Makes the bytes of a notebook that says something."""
    released = read_notebook(course.released(TINY))

    def make(why="Because.", **changes):
        made = fill(released, RIGHT | {"why": why})
        return json.dumps(json.loads(json.dumps(made)) | changes).encode()

    return make


def zipped(files, path=None, **options):
    """A zip of {name: bytes}; its bytes, or written to `path`."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, **options) as archive:
        for name, content in files.items() if isinstance(files, dict) else files:
            archive.writestr(name, content)
    if path is None:
        return buffer.getvalue()
    path.write_bytes(buffer.getvalue())
    return path


def folder(files, path):
    """The same as a folder."""
    for name, content in files.items():
        target = path / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
    return path


@pytest.fixture(params=["zip", "folder"])
def given(request, tmp_path):
    """Puts {name: bytes} into a zip or a folder, as an LMS or a person would; returns its path."""

    def put(files):
        if request.param == "zip":
            return zipped(files, tmp_path / "submissions.zip")
        return folder(files, tmp_path / "submissions")

    return put


@pytest.fixture
def collected(course):
    """Runs collect and shows {file: (status, student)} with rows, and what lies in submitted/."""

    def run(path, **options):
        rows = collect(course, TINY, path, **options)
        root = course.root / "submitted"
        there = {
            file.relative_to(root).as_posix(): file.read_bytes()
            for file in sorted(root.rglob("*"))
            if file.is_file()
        }
        by_file = {row.file: (row.status, row.student) for row in rows if row.file}
        remarks = {row.file: row.remark for row in rows if row.file}
        nothing = [row.student for row in rows if row.file is None]
        return SimpleNamespace(
            rows=rows, by_file=by_file, remarks=remarks, there=there, nothing=nothing
        )

    return run
