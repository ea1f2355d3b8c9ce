"""What is in the zip for Gradescope: the kit, whole, and the packages by version."""

import zipfile

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
