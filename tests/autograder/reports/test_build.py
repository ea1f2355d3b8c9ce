"""What is in the zip for Gradescope: the kit, whole, and the packages by version."""

import zipfile
from types import SimpleNamespace

import pytest

from autograder.reports.gradescope import build
from helpers.errors import CourseError


def test_the_kit_is_both_packages_without_the_template_and_compiled_files(tmp_path, monkeypatch):
    for name in (
        *("helpers/a.py", "helpers/sub/b.py", "helpers/__pycache__/a.pyc", "autograder/c.py"),
        *("autograder/template/x.ipynb", "tests/t.py"),
    ):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("")
    monkeypatch.setattr(build, "PACKAGES", tmp_path)
    monkeypatch.setattr(build, "TEMPLATE", tmp_path / "autograder" / "template")
    found = [path.relative_to(tmp_path).as_posix() for path in build._kit()]
    assert found == ["helpers/a.py", "helpers/sub/b.py", "autograder/c.py"]


def test_the_zip_is_the_same_whenever_it_is_written(tmp_path):
    (tmp_path / "f").write_bytes(b"of a path")
    content = {
        "run": ("script", 0o755),
        "a/text": ("words", 0o644),
        "b": (b"bytes", 0o600),
        "c": (tmp_path / "f", 0o644),
    }
    one, two = tmp_path / "1.zip", tmp_path / "2.zip"
    build._write(one, content)
    build._write(two, dict(reversed(content.items())))
    assert one.read_bytes() == two.read_bytes()
    with zipfile.ZipFile(one) as archive:
        assert archive.namelist() == ["a/text", "b", "c", "run"]
        assert [archive.read(name) for name in archive.namelist()] == [
            *(b"words", b"bytes", b"of a path", b"script")
        ]
        modes = [entry.external_attr >> 16 for entry in archive.infolist()]
        assert modes == [0o100644, 0o100600, 0o100644, 0o100755]
        assert {entry.compress_type for entry in archive.infolist()} == {zipfile.ZIP_DEFLATED}


def test_packages_are_named_with_their_versions(monkeypatch):
    stated = ["torch>=2", "nbgrader; extra == 'grader'", "pytest; extra == 'dev'", "jupyterlab"]
    known = {"torch": "2.9.0+cpu", "nbgrader": "0.9.5", "jupyterlab": "4"}
    monkeypatch.setattr(build.importlib.metadata, "requires", lambda name: stated)
    monkeypatch.setattr(build.importlib.metadata, "version", known.__getitem__)
    monkeypatch.setattr(build, "NOT_NEEDED", {"jupyterlab"})
    assert build.requirements() == ["nbgrader==0.9.5", "torch==2.9.0"]
    assert build._without_cuda("torch==2.9.0") == "torch==2.9.0+cpu"
    assert build._without_cuda("nbgrader==0.9.5") == "nbgrader==0.9.5"

    def missing(name):
        raise build.importlib.metadata.PackageNotFoundError(name)

    monkeypatch.setattr(build.importlib.metadata, "version", missing)
    with pytest.raises(CourseError, match=r"The kit is not installed \(.*run `pip install -e"):
        build.requirements()


def test_indexes_of_packages_are_quoted():
    assert build._option(None) == f"--extra-index-url {build.CPU_INDEX}"
    own = build._option("https://x/y z")
    assert own == f"--extra-index-url {build.CPU_INDEX} --extra-index-url 'https://x/y z'"


def test_files_are_older_than_any_release(tmp_path):
    """Zips know no year before 1980; a newer file could be taken for a change."""
    build._write(tmp_path / "x.zip", {"a": ("b", 0o644)})
    with zipfile.ZipFile(tmp_path / "x.zip") as archive:
        (entry,) = archive.infolist()
    assert entry.date_time == (1980, 1, 1, 0, 0, 0)


@pytest.mark.parametrize(
    ("url", "fits"),
    [
        *(("https://x.org/simple", True), ("http://x", True), ("ftp://x", False)),
        *(("https://", False), ("https://a b", False), ("https://a'b", False), ("", False)),
    ],
)
def test_what_is_the_url_of_an_index(tmp_path, monkeypatch, url, fits):
    monkeypatch.setattr(build.jobs, "blueprints", lambda course, assignment: [])
    words = "is not a name for a zip file" if fits else "is not the URL of a package index; it beg"
    with pytest.raises(CourseError, match=words):
        build.write_zip(None, "ps1", tmp_path / "x.tar", url)


def test_where_a_zip_may_go(tmp_path, monkeypatch):
    monkeypatch.setattr(build.jobs, "blueprints", lambda course, assignment: [])
    (tmp_path / "folder.zip").mkdir()
    for to, words in (
        (tmp_path / "folder.zip", "folder.zip is not a name for a zip file; end it in .zip"),
        (tmp_path / "x.ZIP", "is not a name for a zip file"),
        (tmp_path / "no" / "x.zip", f"There is no folder {tmp_path / 'no'}; make it"),
    ):
        with pytest.raises(CourseError, match=words):
            build.write_zip(None, "ps1", to)


@pytest.mark.parametrize("made", [False, True])
def test_each_file_has_its_place_in_the_zip(tmp_path, monkeypatch, made):
    """The released notebook and its source, what was made of plain tests, given files, checks."""
    for name in ("s.ipynb", "r.ipynb", "given.csv", "checks.py", "helpers/a.py"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(name)
    if made:
        (tmp_path / build.autotest.FILE).write_text("made")
    course = SimpleNamespace(
        root=tmp_path,
        source=lambda assignment, notebook: tmp_path / "s.ipynb",
        released=lambda assignment, notebook: tmp_path / "r.ipynb",
        results=lambda assignment, notebook: tmp_path,
    )
    checks = SimpleNamespace(files=[("checks.py", tmp_path / "checks.py")])
    blueprint = SimpleNamespace(notebook="ps 1", files="files", checks=checks)
    monkeypatch.setattr(build.jobs, "blueprints", lambda *_: [blueprint])
    given = {"given.csv": tmp_path / "given.csv"}
    monkeypatch.setattr(build.jobs, "given_files", lambda files: given)
    monkeypatch.setattr(build, "PACKAGES", tmp_path)
    monkeypatch.setattr(build, "requirements", lambda: ["torch==2.9.0", "nbgrader==0.9.5"])
    to = tmp_path / "x.zip"
    assert build.write_zip(course, "ps 1", to, "https://own") == to
    with zipfile.ZipFile(to) as archive:
        modes = {each.filename: each.external_attr >> 16 & 0o777 for each in archive.infolist()}
        content = {name: archive.read(name).decode() for name in modes}
    extra = {f"course/{build.autotest.FILE}"} if made else set()
    assert {*modes} == {
        *("setup.sh", "run_autograder", "requirements.txt", "kit/helpers/a.py"),
        *("course/s.ipynb", "course/r.ipynb", "course/given.csv"),
        f"course/solutions/ps 1/{build.CHECKS}/checks.py",
        *extra,
    }
    runs = {name for name, mode in modes.items() if mode == 0o755}
    assert runs == {"setup.sh", "run_autograder"} and {*modes.values()} == {0o755, 0o644}
    assert content["requirements.txt"] == "torch==2.9.0+cpu\nnbgrader==0.9.5\n"
    assert "@" not in content["run_autograder"].replace('"$@"', "")
    assert "'ps 1'" in content["run_autograder"]
    assert "--extra-index-url https://own" in content["setup.sh"]
    assert "@INDEX@" not in content["setup.sh"]
