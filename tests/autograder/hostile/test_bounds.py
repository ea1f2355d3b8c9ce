"""Hand-ins without end: each is its own student's sentence, and final; honest rows do not move."""

import csv
import io
import json
import os
import subprocess
import zipfile

import pytest

from autograder.collecting.collect import collect
from autograder.course.course import read_notebook
from autograder.grading.grade import grade
from autograder.grading.result import FINAL, GRADED, UNREADABLE
from autograder.notebooks.fill_answers import fill
from autograder.reports.exports import export_csv
from autograder.reports.feedback import feedback
from autograder.reports.tables import what_happened
from tests.autograder.grading.in_process import InProcess
from tests.autograder.hostile.case import cell_of
from tests.autograder.hostile.the_class import digests
from tests.tiny_course import RIGHT, TINY, submit, tiny_course

pytestmark = pytest.mark.slow

HONEST = ("ada", "mid", "zoe")
ALL = 8


def right(course):
    """The notebook with right answers, as JSON values."""
    made = fill(read_notebook(course.released(TINY)), RIGHT)
    return json.loads(json.dumps(made))


def code(source, name):
    return {"cell_type": "code", "id": name, "metadata": {}, "outputs": [], "source": source,
            "execution_count": None}  # fmt: skip


def markdown(source, name):
    return {"cell_type": "markdown", "id": name, "metadata": {}, "source": source}


def nested(depth):
    value = []
    for _ in range(depth):
        value = [value]
    return value


# What is done to the notebook's JSON values: nothing of the right answers is lost, or it is said.


def own_cell(*sources):
    def change(content):
        content["cells"][2:2] = [code(source, f"mine-{n}") for n, source in enumerate(sources)]

    return change


def text_cells(*sources):
    def change(content):
        content["cells"] += [markdown(source, f"text-{n}") for n, source in enumerate(sources)]

    return change


def answer(source):
    return lambda content: cell_of(content, "why").update(source=source)


def output(**data):
    def change(content):
        shown = {"output_type": "display_data", "data": data, "metadata": {}}
        cell_of(content, "double")["outputs"] = [shown]

    return change


def deep_metadata(depth):
    def change(content):
        content["metadata"]["widgets"] = nested(depth)
        for cell in content["cells"]:
            cell["metadata"]["mine"] = nested(depth)

    return change


def deep_attachments(content):
    why = cell_of(content, "why")
    why["attachments"] = {"x.png": {"application/json": nested(500), "image/png": nested(500)}}


ATTRIBUTES = "<p><b " + " ".join(f"a{n:x}" for n in range(13_000)) + ">" + "</p><p>x" * 2400


def many_pages(content):
    """As many pages as fit, each of which takes seconds to clean."""
    shown = {"output_type": "display_data", "data": {"text/html": ATTRIBUTES}, "metadata": {}}
    for cell in content["cells"]:
        if cell["cell_type"] == "code":
            cell["outputs"] = [shown] * 20


def long_number(content):
    text = json.dumps(content).replace('"metadata": {', f'"metadata": {{"x": {"9" * 6000}, ', 1)
    return text.replace('"execution_count": null', f'"execution_count": {"9" * 6000}', 1).encode()


def half_characters(content):
    content["metadata"]["\ud800"] = "\udcff"
    for name in ("double", "why"):
        cell = cell_of(content, name)
        cell |= {"source": cell["source"] + "\n# \ud800", "id": f"{name}\ud800"}
    mine = code("x = '\udcff'", "mine")
    mine["metadata"]["nbgrader"] = {"grade_id": "\ud800", "solution": True}
    content["cells"].append(mine)


def odd_types(content):
    cell_of(content, "why")["attachments"] = {
        "a": 5, "b": {"image/png": 5}, "c": {"image/png": ["x"]}, "../../x": {"image/png": "AAAA"},
        '"><script>': {"image/svg+xml": "<svg onload=alert(1)>"},
    }  # fmt: skip
    cell_of(content, "double")["outputs"] = [
        5, None, {}, {"output_type": 5}, {"output_type": "stream", "text": 5, "name": []},
        {"output_type": "display_data", "data": {"text/html": {"a": 1}, "image/png": 7}},
        {"output_type": "error", "traceback": 5},
    ]  # fmt: skip
    content["cells"] += [None, [1], {**code(5, "m"), "cell_type": ["code"], "id": float("nan")}]
    content["metadata"] |= {"kernelspec": 5, "language_info": {"file_extension": "/../x"}}


def many_attachments(content):
    names = [f"{n}.png" for n in range(10_000)]
    cell_of(content, "why")["attachments"] = {name: {"image/png": "AAAA"} for name in names}
    cell_of(content, "why")["source"] = " ".join(f"![x](attachment:{name})" for name in names)


GRADED_ALL = {
    "numbers of 6,000 digits": long_number,
    "half characters in sources, keys, ids and answers": half_characters,
    "attachments, outputs, cells and ids of odd types": odd_types,
    "10,000 attachments": many_attachments,
    "metadata 500 deep": deep_metadata(500),
    "attachments 500 deep": deep_attachments,
    "an output 500 deep": output(**{"application/json": nested(500)}),
    "a source the parser dies of": own_cell("-" * 7000 + "1"),
    "sources the parser recurses in": own_cell(
        "lambda:" * 1500 + "1", "1" + "+1" * 3000, "not " * 3000 + "1", "a" + "()" * 5000,
        "1 if 1 else " * 3000 + "1", "(" * 300, "f'" + "{" * 300,
    ),
    "a tuple of 100,000 in many cells": own_cell(*(f"x = ({'1,' * 30_000})\n" for _ in range(4))),
    "1,500 cells": own_cell(*(f"x{n} = {n}" for n in range(1_500))),
    "a line of 400,000 letters": own_cell("#" + "x" * 400_000),
    "pages of 13,000 attributes": many_pages,
    "an answer nested 50,000 deep": answer(">" * 50_000 + "x"),
    "an answer of brackets": answer("[" * 90_000),
    "an answer of emphasis": answer("**_" * 30_000),
    "an answer with pictures in it": answer(f"![x](data:image/png;base64,{'A' * 2_000_000})"),
}  # fmt: skip

UNREAD = {
    "metadata 100,000 deep": (
        lambda content: json.dumps(content).replace(
            '"nbformat"', f'"deep": {"[" * 100_000}{"]" * 100_000}, "nbformat"', 1
        ).encode(),
        "nested more than 600 deep",
    ),
    "5,000 cells": (own_cell(*(f"x{n} = {n}" for n in range(5_000))), "cells and up to 2,000"),
    "a megabyte of code": (own_cell("#" + "x" * 1_000_000), "characters of code"),
    "a megabyte of text": (text_cells("x" * 600_000, "y" * 600_000), "characters of text"),
    "a million and a half values": (
        output(**{"application/json": [[]] * 750_000}), "JSON values"
    ),
}  # fmt: skip


# What lies beside the notebook, or in its place.


def chain(top, depth, name="d"):
    """A chain of folders, also deeper than any path may be long."""
    os.makedirs(top, exist_ok=True)
    here = os.open(top, os.O_RDONLY)
    for _ in range(depth):
        os.mkdir(name, dir_fd=here)
        below = os.open(name, os.O_RDONLY, dir_fd=here)
        os.close(here)
        here = below
    os.close(os.open("end.txt", os.O_CREAT | os.O_WRONLY, dir_fd=here))
    os.close(here)


def folders_1200(folder):
    chain(folder / "deep", 1_200)


def path_of_4090(folder):
    chain(folder, 17, "n" * 239)


def long_name(folder):
    (folder / ("n" * 250)).write_text("x")


def files_in_deep_folders(folder):
    for n in range(130):
        chain(folder / str(n), 40)


def not_utf_8(folder):
    (folder / os.fsdecode(b"caf\xe9.txt")).write_bytes(b"x")
    (folder / os.fsdecode(b"fold\xe9r")).mkdir()
    (folder / os.fsdecode(b"fold\xe9r") / "x.txt").write_bytes(b"x")


def many_files(count):
    def make(folder):
        (folder / "many").mkdir()
        (folder / "many" / "0").touch()
        for n in range(1, count):  # one file under many names: making it takes a fifth
            os.link(folder / "many" / "0", folder / "many" / str(n))

    return make


def sparse_beside(folder):
    (folder / "large.bin").touch()
    os.truncate(folder / "large.bin", 6_000_000_000)


def timestamp_of_6_gb(folder):
    (folder / "timestamp.txt").touch()
    os.truncate(folder / "timestamp.txt", 6_000_000_000)


def large_json(folder):
    for n in range(40):
        (folder / f"{n}.json").write_text("[" + "[]," * 100_000 + "1]")


def blanks_beside(folder):
    """Notebooks of the course's, each of which costs memory to read."""
    for n in range(40):
        content = {"cells": [code("x", "a")], "metadata": {"a": [[]] * 100_000}, "nbformat": 4}
        (folder / f"{n}.ipynb").write_text(json.dumps(content))


BESIDE = {
    "folders 1,200 deep": (folders_1200, "nested too deeply"),
    "a path of 4,090 bytes": (path_of_4090, "too long"),
    "a name of 250 bytes": (long_name, "too long"),
    "130 files 40 folders deep": (files_in_deep_folders, "more such remarks"),
    "names that are not UTF-8": (not_utf_8, "not UTF-8"),
    "2,000 files": (many_files(2_000), "Too many or too large"),
    "20,100 files": (many_files(20_100), "more than 20,000 files and folders"),
    "a sparse file of 6 GB": (sparse_beside, "Too many or too large"),
    "a timestamp of 6 GB": (timestamp_of_6_gb, ""),
    "40 large JSON files": (large_json, ""),
    "40 large notebooks beside it": (blanks_beside, "left out"),
}  # fmt: skip


def sparse_notebook(folder):
    (folder / f"{TINY}.ipynb").touch()
    os.truncate(folder / f"{TINY}.ipynb", 6_000_000_000)


def sparse_and_another(folder):
    sparse_notebook(folder)
    (folder / "other.ipynb").write_text("{}")


def only_deep(folder):
    chain(folder / "deep", 30)


INSTEAD = {
    "a sparse notebook of 6 GB": (sparse_notebook, "6,000 MB"),
    "a sparse notebook and another": (sparse_and_another, "contains"),
    "nothing but deep folders": (only_deep, "nested too deeply"),
    "20,100 files and no notebook": (many_files(20_100), "more than 20,000"),
}  # fmt: skip
LONG_IDS = ("x" * 250, "é" * 120, "Ω" * 101)


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    """(course, {case: student}, results, the same of the honest students alone)."""
    alone = _honest(tiny_course(tmp_path_factory.mktemp("alone")))
    expected = grade(alone, TINY, pool=InProcess())
    course, students = _honest(tiny_course(tmp_path_factory.mktemp("bounds"))), {}
    for number, case in enumerate([*GRADED_ALL, *UNREAD, *BESIDE, *INSTEAD]):
        students[case] = student = f"n{number:02d}"
        folder = course.submitted(student, TINY).parent
        folder.mkdir(parents=True)
        content = right(course)
        change = GRADED_ALL.get(case) or UNREAD.get(case, [None])[0]
        made = change(content) if change else None
        raw = made if isinstance(made, bytes) else json.dumps(content).encode()
        if case not in INSTEAD:
            (folder / f"{TINY}.ipynb").write_bytes(raw)
        if case in BESIDE or case in INSTEAD:
            (BESIDE | INSTEAD)[case][0](folder)
    for name in LONG_IDS:
        submit(course, name)
    results = grade(course, TINY, pool=InProcess())
    yield course, students, {r.student: r for r in results}, alone, expected
    remove(course.root)


def remove(folder):
    """Remove folders that are too deep for Python's own functions."""
    subprocess.run(["rm", "-rf", str(folder)], check=True)


def _honest(course):
    for student in HONEST:
        submit(course, student)
    rows = "id\n" + "".join(f"{student}\n" for student in HONEST)
    (course.root / "roster.csv").write_text(rows)
    return course


@pytest.mark.parametrize("case", GRADED_ALL)
def test_right_answers_beside_it_keep_their_points(graded, case):
    _, students, results, *_ = graded
    result = results[students[case]]
    assert (result.status, result.score) == (GRADED, ALL), what_happened(result)


@pytest.mark.parametrize("case", UNREAD)
def test_a_notebook_beyond_a_bound_is_unreadable(graded, case):
    _, students, results, *_ = graded
    result = results[students[case]]
    assert result.status == UNREADABLE and UNREAD[case][1] in result.problem


@pytest.mark.parametrize("case", BESIDE)
def test_what_is_beside_it_is_left_out(graded, case):
    _, students, results, *_ = graded
    result = results[students[case]]
    assert (result.status, result.score) == (GRADED, ALL), what_happened(result)
    assert BESIDE[case][1] in what_happened(result)
    assert len(what_happened(result)) < 10_000


@pytest.mark.parametrize("case", INSTEAD)
def test_no_notebook_within_the_bounds_is_unreadable(graded, case):
    _, students, results, *_ = graded
    result = results[students[case]]
    assert result.status == UNREADABLE and INSTEAD[case][1] in result.problem


@pytest.mark.parametrize("name", LONG_IDS, ids=len)
def test_a_folder_with_a_long_name_is_unreadable(graded, name):
    result = graded[2][name]
    assert result.status == UNREADABLE and "cannot be a student's name" in result.problem


def test_a_timestamp_of_any_size_is_not_copied(graded):
    course, students, *_ = graded
    student = students["a timestamp of 6 GB"]
    assert not (course.autograded(student, TINY).parent / "timestamp.txt").exists()


def test_everybody_is_final_and_nothing_is_run_again(graded):
    course, _, results, *_ = graded
    assert {result.status for result in results.values()} <= set(FINAL)
    pool = InProcess()
    again = grade(course, TINY, pool=pool)
    assert pool.ran == [] and {r.student: r for r in again} == results


def test_honest_students_are_as_if_alone(graded, tmp_path):
    course, _, results, alone, expected = graded
    for before in expected:
        after = results[before.student]
        assert after.verdicts == before.verdicts and after.remarks == before.remarks == ()
        assert (after.status, after.score) == (before.status, before.score) == (GRADED, ALL)
        for stage in ("submitted", "autograded"):
            folder = f"{stage}/{after.student}"
            assert digests(course.root / folder) == digests(alone.root / folder)
    rows = []
    for number, each in enumerate((course, alone)):
        with open(export_csv(each, tmp_path / f"{number}.csv"), newline="") as file:
            rows.append([row for row in csv.reader(file) if row[0] in ("student", *HONEST)])
    assert rows[0] == rows[1]


def test_feedback_is_written_for_everybody(graded):
    course, _, results, *_ = graded
    written = {path.parents[1].name for path in feedback(course, TINY)}
    assert written == set(results)


# The same, as an LMS gives it out.


def zipped(files):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files:
            archive.writestr(name, content)
    return buffer.getvalue()


def large_notebooks(course):
    content = {"cells": [code("x", "a")], "metadata": {"a": [[]] * 200_000}, "nbformat": 4}
    raw = json.dumps(content)
    return [(f"{n}.ipynb", raw) for n in range(40)]


def in_zip(*files):
    return lambda folder, course: (folder / "work.zip").write_bytes(
        zipped([*[(name, make(course)) for name, make in files]])
    )


def book(course):
    return json.dumps(right(course))


def many_large(folder, course):
    files = [*large_notebooks(course), (f"{TINY}.ipynb", book(course))]
    (folder / "work.zip").write_bytes(zipped(files))


def many_tiny_entries(folder, course):
    (folder / "work.zip").write_bytes(zipped([(f"{n}", b"") for n in range(20_000)]))
    (folder / f"{TINY}.ipynb").write_text(book(course))


def long_names(folder, course):
    files = [("x_1_" * 16_000 + ".txt", b"x"), ("y/" * 30_000 + "z.txt", b"x")]
    (folder / "work.zip").write_bytes(zipped([*files, (f"{TINY}.ipynb", book(course))]))


def deep_manifest(folder, course):
    manifest = b'{"files": {"a": ' + b"[" * 100_000
    files = [("manifest.json", manifest), (f"{TINY}.ipynb", book(course))]
    (folder / "work.zip").write_bytes(zipped(files))


def beside_book(make):
    def both(folder, course):
        (folder / f"{TINY}.ipynb").write_text(book(course))
        make(folder)

    return both


COLLECTED = {
    "a zip of 40 large notebooks": (many_large, "not read"),
    "a zip of 20,000 entries": (many_tiny_entries, "more than 2,000"),
    "names of 64,000 bytes in a zip": (long_names, "left out"),
    "a manifest that never ends": (deep_manifest, ""),
    "folders 1,200 deep": (beside_book(folders_1200), "nested too deeply"),
    "a path of 4,090 bytes": (beside_book(path_of_4090), "too long"),
}  # fmt: skip


@pytest.mark.parametrize("case", COLLECTED)
def test_collecting(tmp_path, case):
    course = tiny_course(tmp_path / "course")
    (course.root / "roster.csv").write_text("id\nada\nmid\nzoe\n")
    download = tmp_path / "class"
    for student in HONEST:
        (download / student).mkdir(parents=True)
    for student in ("ada", "zoe"):
        (download / student / f"{TINY}.ipynb").write_text(book(course))
    make, words = COLLECTED[case]
    make(download / "mid", course)
    rows = collect(course, TINY, download)
    assert {row.student for row in rows if row.status == "taken"} == set(HONEST)
    told = " ".join(row.remark for row in rows if row.student == "mid")
    assert words in told
    assert all(row.remark == "" for row in rows if row.student != "mid")
    handed_in = course.submitted("mid", TINY)
    assert json.loads(handed_in.read_text()) == right(course)
    assert {r.status for r in grade(course, TINY, pool=InProcess())} == {GRADED}
    remove(download)


def test_more_files_than_are_looked_at_are_one_students_row(tmp_path):
    course = tiny_course(tmp_path / "course")
    (course.root / "roster.csv").write_text("id\nada\nmid\n")
    for student in ("ada", "mid"):
        (tmp_path / "class" / student).mkdir(parents=True)
        (tmp_path / "class" / student / f"{TINY}.ipynb").write_text(book(course))
    many_files(20_100)(tmp_path / "class" / "mid")
    rows = {row.student: row for row in collect(course, TINY, tmp_path / "class")}
    assert (rows["ada"].status, rows["mid"].status) == ("taken", "unreadable")
    assert "more than 20,000 files" in rows["mid"].remark


def test_two_ids_of_one_folder_without_a_roster(tmp_path):
    course = tiny_course(tmp_path / "course")
    for name in ("Ada.ipynb", "ada.ipynb", "zoe\u0308.ipynb", "zo\u00eb.ipynb"):
        (tmp_path / "class").mkdir(exist_ok=True)
        (tmp_path / "class" / name).write_text(book(course))
    rows = collect(course, TINY, tmp_path / "class")
    assert sorted(row.status for row in rows) == ["not matched"] * 2 + ["taken"] * 2
    told = [row.remark for row in rows if row.status == "not matched"]
    assert all("on some disks its folder would be that of" in remark for remark in told)
