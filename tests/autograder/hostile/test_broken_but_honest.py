"""Broken but honest: no point is lost for the form, and what cannot be read is named."""

import json

import pytest

from autograder.grading.result import UNREADABLE
from tests.autograder.hostile.case import Case
from tests.tiny_course import RIGHT, TINY

pytestmark = pytest.mark.slow


def encoded(name):
    return lambda content: json.dumps(content).encode(name)


def raw(text):
    return lambda content: text.encode()


def unreadable(line, change, *says, **options):
    return Case(line, change=change, status=UNREADABLE, score=None, says=says, **options)


def format_3(content):
    """As IPython 2 wrote it: worksheets, `input`, headings; nbgrader's marks survive."""
    cells = []
    for cell in content["cells"]:
        new = {"cell_type": cell["cell_type"], "metadata": cell["metadata"]}
        if cell["cell_type"] == "code":
            new |= {
                "input": cell["source"],
                "language": "python",
                "collapsed": False,
                "outputs": [],
            }
        else:
            new["source"] = cell["source"]
        cells.append(new)
    return {
        "nbformat": 3, "nbformat_minor": 0, "metadata": {"name": ""},
        "worksheets": [{"cells": cells, "metadata": {}}],
    }  # fmt: skip


def format_5(content):
    content["nbformat"], content["nbformat_minor"] = 5, 0


def no_ids(minor):
    def change(content):
        content["nbformat_minor"] = minor
        for cell in content["cells"]:
            del cell["id"]

    return change


def beside_timestamp(text):
    return lambda folder, places: (folder / "timestamp.txt").write_bytes(text)


def alike(folder, places):
    (folder / "tiny-Copy1.ipynb").write_bytes((folder / "other.ipynb").read_bytes())


def second(folder, places):
    changed = (folder / "other.ipynb").read_bytes().replace(b"2 * x", b"x + x")
    (folder / "tiny-Copy1.ipynb").write_bytes(changed)


def draft(folder, places):
    (folder / "Untitled.ipynb").write_text("{}")


def out_of_order(content):
    for number, cell in enumerate(content["cells"]):
        if cell["cell_type"] == "code":
            cell["execution_count"] = 90 - number
            cell["outputs"] = [{"output_type": "stream", "name": "stdout", "text": "old"}]


def lone_surrogate(content):
    content["cells"].append(
        {"cell_type": "code", "id": "s", "metadata": {}, "source": "print('\ud800')",
         "outputs": [], "execution_count": None}
    )  # fmt: skip


NOISY = """
import logging, sys, time, warnings
from tqdm.auto import tqdm
def double(x):
    warnings.warn('nothing to worry about')
    logging.warning('in double')
    print('also this', file=sys.stderr)
    for _ in tqdm(range(3)): pass
    return 2 * x
"""

FLOAT64 = {
    "double": "def double(x):\n    return 2 * x.double()",
    "bce_loss": (
        "def bce_loss(logits, targets):\n    logits, targets = logits.double(), targets.double()\n"
        "    return torch.nn.functional.binary_cross_entropy_with_logits(logits, targets)"
    ),
}
COLUMN = {
    "double": "def double(x):\n    return (2 * x).reshape(1, 1)",
    "bce_loss": (
        "def bce_loss(logits, targets):\n"
        "    loss = torch.nn.functional.binary_cross_entropy_with_logits\n"
        "    return loss(logits.view(-1, 1), targets.view(-1, 1)).reshape(1, 1)"
    ),
}
CUDA = """
device = torch.device('cuda')
def double(x):
    two = torch.full((1,), 2.0, device='cuda:0').squeeze().cuda()
    return (two * x.to(device)).cpu()
"""
CUDA_MODULE = """
def bce_loss(logits, targets):
    loss = torch.nn.BCEWithLogitsLoss().cuda()
    ones = torch.ones_like(targets, device='cuda').type(torch.cuda.FloatTensor)
    return loss(logits.to('cuda'), targets.to(device='cuda') * ones)
"""
NO_PACKAGE = "import no_such_package_anywhere\n"
PIP = "!pip install einops\n%pip install einops\nprint('went on')"

FORMS = [
    unreadable("invalid JSON", raw('{"cells": [}'), "is not a notebook"),
    unreadable(
        "an HTML page saved as .ipynb", raw("<!doctype html><html></html>"), "not a notebook"
    ),
    Case("UTF-16", change=encoded("utf-16")),
    Case("UTF-16 without a mark", change=encoded("utf-16-le")),
    Case("UTF-8 with a mark", change=encoded("utf-8-sig")),
    unreadable("deep nesting", raw("[" * 100_000), "is not a notebook"),
    Case(
        "deep nesting in metadata",
        change=lambda content: content["metadata"].update(a=json.loads("[" * 400 + "]" * 400)),
        says=("values nested too deeply",),
    ),
    Case("nbformat 3", change=format_3),
    unreadable("nbformat 5", format_5, "notebook format 5; save it in format 4"),
    Case("no cell ids", change=no_ids(4)),
    Case("no cell ids in a format that wants them", change=no_ids(5)),
    unreadable("empty file", raw(""), "is not a notebook (it is empty)"),
    unreadable("a file of spaces", raw(" \n"), "is not a notebook (it is empty)"),
    unreadable(
        "bytes that are no text", lambda content: bytes(range(128, 256)), "is not a notebook"
    ),
    Case("half a character in a string", change=lone_surrogate),
    Case(
        "notebook renamed",
        file="my homework (1).ipynb",
        says=("handed in as my homework (1).ipynb",),
    ),
    Case(
        "notebook in a sub-folder",
        file="homework/final/tiny.ipynb",
        says=("handed in as homework/",),
    ),
    Case("notebook named in unicode", file="тетрадь 作业.ipynb", says=("handed in as тетрадь",)),
    Case("notebook named .IPYNB", file="TINY.IPYNB", says=("handed in as TINY.IPYNB",)),
    unreadable(
        "two notebooks for one assignment",
        None,
        "should contain one notebook",
        "which one counts",
        file="other.ipynb",
        beside=second,
    ),
    Case(
        "two copies with the same answers",
        file="other.ipynb",
        beside=alike,
        says=("it holds the same answers",),
    ),
    Case("a draft beside the notebook", beside=draft, says=("'Untitled.ipynb' was left out",)),
    unreadable("an empty folder", None, "should contain one notebook", file=None),
]

TIMES = [
    Case("a late timestamp", beside=beside_timestamp(b"2999-01-01 00:00:00 UTC")),
    Case("a missing timestamp"),
    Case("a garbage timestamp", beside=beside_timestamp(b"\xff\xfe yesterday, or so")),
    Case("an absurd timestamp", beside=beside_timestamp(b"9999-12-31 23:59:59 -2359")),
    Case("a timestamp of 10 MB", beside=beside_timestamp(b"1" * 10_000_000)),
]

CODE = [
    Case("!pip install", first=PIP, shows=("went on", "No matching distribution")),
    Case(
        "%matplotlib",
        first="%matplotlib inline\nimport matplotlib.pyplot as plt\nplt.plot([1, 2]);",
        shows=("image/png",),
    ),
    Case("%matplotlib notebook", first="%matplotlib notebook\nprint('went on')"),
    Case("warnings, logging and tqdm on stderr with a correct answer", {"double": NOISY}),
    Case("float64 answers", FLOAT64),
    Case("(N,1) answers", COLUMN),
    Case(
        "code that needs a package the grader lacks",
        {"double": NO_PACKAGE + RIGHT["double"]},
        score=5,
        says=("ModuleNotFoundError", "no_such_package_anywhere"),
    ),
    Case(
        "a package the grader lacks, beside the answers",
        first=NO_PACKAGE,
        shows=("ModuleNotFoundError",),
    ),
    Case("CUDA hard-coded on a CPU grader", {"double": CUDA, "bce_loss": CUDA_MODULE}),
    Case("a notebook executed out of order", change=out_of_order),
    Case(
        "a cell that waits for input()",
        first="name = input('who? ')",
        shows=("StdinNotImplementedError",),
    ),
    Case("an answer that waits for input()", {"double": RIGHT["double"] + "\ninput()"}),
    Case("a cell that reads stdin", first="import sys\nprint(repr(sys.stdin.read()))"),
]

CASES = FORMS + TIMES + CODE


@pytest.mark.parametrize("case", CASES, ids=str)
def test_the_form_costs_nothing(graded, case):
    graded.check(case)
    assert TINY == "tiny"
