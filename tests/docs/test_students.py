"""docs/students.md quotes what the kit says: each sentence is found in the code, or is produced."""

import ast
import functools
import re
from pathlib import Path

import pytest

from autograder.judging import Status
from autograder.notebooks.kept_outputs import SAID
from autograder.releasing.kit import kit
from autograder.sandbox.kernel_limits import Limits
from helpers.notebook_file import LARGEST_NOTEBOOK
from helpers.submit.report import HINTS, PROBLEMS
from tests.docs.pages import ROOT, read

PAGE = read("students.md")
# Where a sentence has a value, the page has three dots.
GAP, HOLE = "...", "\0"
PYTHONS_OWN = {"No module named 'helpers'"}


def rows(heading):
    """The cells of each row of the tables whose first column has this heading."""
    found, inside = [], False
    for line in PAGE.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split(" | ")] if line[:1] == "|" else []
        if inside and cells and not set(line) <= set("|-"):
            found.append(cells)
        inside = bool(cells) and (inside or cells[0].strip() == heading)
    return found


@functools.cache
def sentences():
    """Every text in the code, f-strings with holes for their values."""
    found = []
    for folder in ("helpers", "autograder"):
        for path in (ROOT / folder).rglob("*.py"):
            if "answers" in path.parts and path.name != "__init__.py":
                continue
            for node in ast.walk(ast.parse(path.read_text("utf-8"))):
                if isinstance(node, ast.Constant) and isinstance(node.value, str):
                    found.append(node.value)
                elif isinstance(node, ast.JoinedStr):
                    parts = (getattr(part, "value", HOLE) for part in node.values)
                    found.append("".join(p if isinstance(p, str) else HOLE for p in parts))
    return found


def is_said(quote):
    """Whether some text of the code holds the quote, whose gaps may stand for anything."""
    words = [re.escape(part) for part in quote.split(GAP)]
    pattern = re.compile(".+".join(words), re.DOTALL)
    return any(pattern.search(text) for text in sentences())


QUOTED = [cells[0].strip("`") for cells in rows("it says")]


def test_the_page_quotes_a_good_deal():
    assert len(QUOTED) > 20
    assert all(len(quote.replace(GAP, "")) > 15 for quote in QUOTED)


@pytest.mark.parametrize("quote", QUOTED)
def test_the_kit_says_what_the_page_quotes(quote):
    assert quote in PYTHONS_OWN or is_said(quote)


def test_a_sentence_that_nobody_says_is_seen():
    assert not is_said("There is no such sentence ... in it.")
    assert is_said("COURSE_DATA names ..., which is not a folder")
    assert not is_said("COURSE_DATA names ..., which is no folder")


def test_what_handing_in_can_say_is_all_there():
    said = " ".join(QUOTED)
    assert sum(title in said for title in (PROBLEMS | HINTS).values()) >= 4


def test_every_verdict_is_explained():
    assert [cells[0].strip("`") for cells in rows("verdict")] == [str(status) for status in Status]


def test_limits_are_those_of_the_code():
    limits = Limits()
    told = re.sub(r"\s+", " ", PAGE)
    assert f"with {limits.memory >> 30} GB of memory for you" in told
    assert f"{limits.cell_seconds:g} seconds for a cell and {limits.total_seconds:g} for" in told
    assert f"more than {LARGEST_NOTEBOOK // 10**6} MB" in PAGE
    assert f"`{SAID.strip()}`" in PAGE


def test_the_page_is_in_the_kit_and_so_is_all_that_it_links_to(tmp_path):
    """Students have no other folder: what it says must be true there."""
    import zipfile

    from autograder.course.course import Course

    with zipfile.ZipFile(kit(Course.at(ROOT), tmp_path / "kit.zip")) as archive:
        names = set(archive.namelist())
        about = archive.read("pyproject.toml").decode()
    for page in ("students.md", "pace.md"):
        for target in re.findall(r"\]\(([^)#:]+?)(?:#[^)]*)?\)", read(page)):
            inside = Path("docs", target).as_posix()
            assert inside in names or any(name.startswith(f"{inside}/") for name in names), target
    assert "lab = [" in about and "environment.yml" in names


def test_the_sentences_of_a_run(tmp_path, monkeypatch, capsys):
    """What a student meets first, produced in earnest, in the order of the page."""
    import shutil

    from helpers import data, expect, submit
    from helpers.errors import CourseError

    for name in ("http_proxy", "https_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    monkeypatch.delenv("COURSE_DATA", raising=False)
    monkeypatch.setenv("COURSE_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(data, "_failed_downloads", {"MNIST": "no internet"})
    monkeypatch.chdir(tmp_path)
    shutil.copy(ROOT / "notebooks" / "vae" / "vae.ipynb", tmp_path)
    produced = []

    def raises(function, *arguments, **options):
        with pytest.raises((CourseError, expect.Mismatch)) as caught:
            function(*arguments, **options)
        produced.append(str(caught.value))

    submit.check_and_pack("vae")
    data.load("mnist", "train")
    monkeypatch.setenv("COURSE_DATA", str(tmp_path / "nowhere"))
    raises(data.load, "mnist")
    monkeypatch.setenv("COURSE_BUDGET", "fast")
    raises(submit.check_and_pack, "vae")
    monkeypatch.delenv("COURSE_BUDGET")
    raises(expect.close, "a loss", None, 0.5)
    raises(expect.close, "a loss", lambda: 0.5, 0.5)
    raises(submit.check_and_pack, "gan-mnist", notebook="vae.ipynb")
    raises(submit.check_and_pack, "foundations")
    (tmp_path / "vae.ipynb").write_text("<html>")
    raises(submit.check_and_pack, "vae")
    text = re.sub(r"\s+", " ", "\n".join([capsys.readouterr().out, *produced]))
    found = [quote for quote in QUOTED
             if re.search(".+?".join(map(re.escape, quote.split(GAP))), text)]  # fmt: skip
    assert len(found) >= 11, found
