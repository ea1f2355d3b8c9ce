"""Nothing of an assignment's checks reaches a student: not in files, and not in the sandbox."""

import contextlib
import io
import zipfile

import nbformat
import pytest
from nbformat.v4 import new_code_cell

from autograder.checks import Source
from autograder.course.course import Course, read_notebook
from autograder.grading.grade import grade
from autograder.grading.result import GRADED
from autograder.notebooks.fill_answers import fill, solution_sources, write_submission
from autograder.releasing.kit import kit
from autograder.releasing.new import new
from autograder.releasing.release import release
from autograder.reports.feedback import feedback
from tests.autograder.hostile.case import GOT_THROUGH, outputs_of

NAME = "flows"
# Names of files in the folder checks that nothing else has.
OURS = ("uncertainty.py", "bernoulli_entropy.py", "test_checks.py")

# Whatever it finds it prints; it ends with the number of folders that it has seen.
SEARCH = """
import importlib, os, sys
def found(what): print('GOT' + '-THROUGH', what)
seen = 0
for top in {tops}:
    for folder, folders, files in os.walk(top):
        seen += 1
        if folder == '/':
            folders[:] = [name for name in folders if name not in ('proc', 'sys')]
        for name in set(files) & {ours}: found(os.path.join(folder, name))
        if os.path.basename(folder) == 'checks' and 'oracles.py' in files: found(folder)
for path in ({path!r}, '/proc/self/root' + {path!r}, '/proc/1/root' + {path!r}):
    try:
        found(open(path).read()[:20])
    except OSError: pass
for name in ('autograder', 'autograder.checks', 'autograder.judging', {package!r}):
    try:
        found(importlib.import_module(name))
    except ImportError: pass
for name in list(sys.modules):
    if name.split('.')[0] == 'autograder' or name.startswith('assignment_checks_'): found(name)
for finder in sys.meta_path:
    if getattr(finder, 'sources', None): found(finder)
print('folders seen:', seen)
"""


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    """A course with one assignment that has checks, released."""
    root = tmp_path_factory.mktemp("with-checks") / "course"
    new(root, NAME)
    course = Course.at(root)
    release(course, NAME)
    return course


def search(course, tops):
    source = Source.read(course.source(NAME).parent)
    source.load()
    return SEARCH.format(
        tops=tops,
        ours=set(OURS),
        path=f"{source.folder}/oracles.py",
        package=source.package,
    )


def own_lines(course):
    """Lines of code in checks, imports apart, that are in no notebook of the instructor's."""
    source = Source.read(course.source(NAME).parent, for_authors=True)
    told = course.source(NAME).read_text("utf-8")
    lines = {line.strip() for _, text in source.files for line in text.decode().splitlines()}
    own = {line for line in lines if len(line) > 30 and not line.startswith(("from ", "import "))}
    found = {line for line in own if line.replace('"', '\\"') not in told}
    assert len(found) > 40
    return found


def leaked(course, text):
    return {line for line in own_lines(course) if line in text}


def test_the_release_and_the_kit_hold_no_line_of_the_checks(course, tmp_path):
    released = course.released(NAME).parent
    assert [path.name for path in released.iterdir()] == [f"{NAME}.ipynb"]
    assert not leaked(course, course.released(NAME).read_text("utf-8"))
    with zipfile.ZipFile(kit(course, tmp_path / "kit.zip")) as archive:
        names = archive.namelist()
        texts = [archive.read(name).decode("utf-8", "replace") for name in names]
    assert not [name for name in names if "checks" in name.split("/")]
    assert not [name for name in names if name.rsplit("/", 1)[-1] in OURS]
    assert not leaked(course, "\n".join(texts))


def test_a_line_that_leaks_is_seen(course):
    source = Source.read(course.source(NAME).parent)
    text = dict(source.files)["oracles.py"].decode()
    assert "p, q = torch.sigmoid(logits), torch.sigmoid(-logits)" in leaked(course, text)


def test_the_search_finds_the_checks_where_they_are(course):
    """Outside of the sandbox: the search itself is worth something."""
    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        exec(search(course, [str(course.root)]), {})
    for words in (
        "checks/uncertainty.py",
        "/checks\n",
        "<module 'autograder'",
        "assignment_checks_",
    ):
        assert words in said.getvalue()


@pytest.mark.slow
@pytest.mark.sandbox
def test_a_submission_that_searches_for_them_finds_nothing(course):
    right = solution_sources(read_notebook(course.source(NAME)))
    honest = fill(read_notebook(course.released(NAME)), right)
    write_submission(course, "honest", NAME, honest)
    hunter = nbformat.from_dict(honest)
    code = search(course, ["/", str(course.root), "/proc/self/cwd/"])
    hunter = fill(hunter, {"bernoulli_entropy": f"{code}\n{right['bernoulli_entropy']}"})
    hunter.cells.append(new_code_cell(code))
    write_submission(course, "hunter", NAME, hunter)
    beside = course.submitted("hunter", NAME).parent / "checks"
    beside.mkdir()
    # A student's own folder of this name is a file like others, and decides nothing.
    (beside / "__init__.py").write_text("raise SystemExit('the checks of a submission ran')")

    results = {result.student: result for result in grade(course, NAME, count=1)}
    assert [results[who].status for who in ("honest", "hunter")] == [GRADED, GRADED]
    assert results["honest"].score == results["hunter"].score == 60
    shown = outputs_of(read_notebook(course.autograded("hunter", NAME)))
    assert GOT_THROUGH not in shown and shown.count("folders seen:") == 2

    pages = "\n".join(page.read_text("utf-8") for page in feedback(course, NAME))
    # The search is the student's own text and names what it searches for.
    assert not leaked(course, pages) - {line.strip() for line in code.splitlines()}
