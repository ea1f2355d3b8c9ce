"""What is published for students."""

import os
import subprocess
import sys
import time
import zipfile

import pytest

from autograder import cli
from autograder.releasing.kit import kit
from helpers.errors import CourseError
from tests.tiny_course import tiny_course


@pytest.fixture
def tiny(tmp_path):
    return tiny_course(tmp_path / "course")


def test_it_holds_helpers_and_notebooks_and_no_answer(home, tmp_path):
    with zipfile.ZipFile(kit(home, tmp_path / "kit.zip")) as archive:
        names = archive.namelist()
        text = b"".join(archive.read(name) for name in names)
    tops = {name.split("/")[0] for name in names}
    assert tops == {
        "pyproject.toml", "README.md", "environment.yml", "LICENSE", "helpers", "notebooks", "docs"
    }  # fmt: skip
    assert "helpers/submit/__main__.py" in names
    for name in ("mnist", "fashion-mnist"):
        assert f"helpers/quality/weights/{name}.safetensors" in names
        assert f"helpers/quality/real/{name}.safetensors" in names
    assert "notebooks/gan-mnist/gan-mnist.ipynb" in names
    assert "docs/students.md" in names and "docs/slurm/setup.sh" in names
    for word in (b"BEGIN SOLUTION", b"HIDDEN TESTS", b"MARK SCHEME", b"from autograder"):
        assert word not in text, word


def test_twice_is_the_same(tiny, tmp_path):
    one, two = kit(tiny, tmp_path / "1.zip"), kit(tiny, tmp_path / "2.zip")
    assert one.read_bytes() == two.read_bytes()


def test_files_have_their_own_dates(tiny, tmp_path):
    """Those that are made for the kit have the newest of them."""
    ahead = (2037, 5, 4, 10, 20, 30)
    os.utime(tiny.released("tiny"), times=(time.mktime((*ahead, 0, 0, -1)),) * 2)
    with zipfile.ZipFile(kit(tiny, tmp_path / "kit.zip")) as archive:
        dates = {each.filename: each.date_time for each in archive.infolist()}
    assert dates.pop("notebooks/tiny/tiny.ipynb") == ahead
    for name in ("pyproject.toml", "README.md", "environment.yml"):
        assert dates.pop(name) == ahead
    assert all((1980, 1, 1) < date[:3] < ahead[:3] for date in dates.values())


@pytest.mark.slow
def test_pip_installs_it(tiny, tmp_path):
    """As on Colab, except that what builds it is not fetched."""
    pytest.importorskip("setuptools")
    path = kit(tiny, tmp_path / "kit.zip")
    install = ["install", "--quiet", "--no-deps", "--no-build-isolation", "--no-index"]
    target = tmp_path / "site"
    command = [sys.executable, "-m", "pip", *install, "--target", str(target), str(path)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert sorted(p.name for p in target.iterdir() if p.suffix != ".dist-info") == ["helpers"]
    environment = {**os.environ, "PYTHONPATH": str(target)}
    code = (
        "import helpers.quality as q; print(q.__file__); from helpers import submit; "
        "q.real_statistics('fashion-mnist')"
    )
    done = subprocess.run([sys.executable, "-c", code], env=environment, cwd=tmp_path,
                          capture_output=True, text=True)  # fmt: skip
    assert done.returncode == 0 and done.stdout.startswith(str(target)), done.stderr


def test_mistakes(tiny, tmp_path, capsys):
    with pytest.raises(SystemExit) as leaving:
        (tmp_path / "file").write_text("")
        cli.main(["kit", str(tmp_path / "file" / "kit.zip"), "--course", str(tiny.root)])
    assert leaving.value.code == 2 and "could not be written" in capsys.readouterr().err
    tiny.released("tiny").unlink()
    with pytest.raises(CourseError, match="Nothing has been released"):
        kit(tiny, tmp_path / "kit.zip")
