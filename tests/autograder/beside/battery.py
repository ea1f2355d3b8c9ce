"""Ordinary nbgrader test cells, as instructors write them, each with a right and a wrong answer.

A group, one file of battery/, is a notebook: its cells run in one kernel, so what a case leaves is
seen by later ones. In a file, "##### NAME, points: N" begins a case, and "#### PART" its parts:
given (a cell before the answer), right and wrong (answers), test.
"""

import re
from dataclasses import dataclass
from pathlib import Path

CASE = re.compile(r"^##### (\w+), points: ([\d.]+)\n", re.MULTILINE)
PART = re.compile(r"^#### (given|right|wrong|test)\n", re.MULTILINE)


@dataclass(frozen=True)
class Case:
    """One exercise. name: grade_id of the answer; test_NAME is that of the test.

    given, wrong: "" if there is none; then the right answer is handed in as the wrong one, too.
    """

    name: str
    points: float
    right: str
    test: str
    given: str = ""
    wrong: str = ""


def _read(path):
    _, *rest = CASE.split(path.read_text())
    for name, points, body in zip(rest[::3], rest[1::3], rest[2::3], strict=True):
        _, *parts = PART.split(body)
        named = {part: text.rstrip() for part, text in zip(parts[::2], parts[1::2], strict=True)}
        yield Case(name, float(points), **named)


GROUPS = {
    path.stem: list(_read(path))
    for path in sorted(Path(__file__).with_name("battery").glob("*.txt"))
}
AUTOTESTS = """
python3:
    setup: "import hashlib"
    hash: 'hashlib.sha256(("{{salt}}" + {{snippet}}).encode()).hexdigest()'
    dispatch: "type({{snippet}}).__name__"
    normalize: "str({{snippet}})"
    check: 'assert {{snippet}} == "{{value}}", "{{message}}"'
    success: "print('all good')"
    templates:
        default:
            - test: "type({{snippet}}).__name__"
              fail: "{{snippet}} has another type"
            - test: "{{snippet}}"
              fail: "{{snippet}} has another value"
        float:
            - test: "round({{snippet}}, 3)"
              fail: "{{snippet}} has another value"
"""
# Beside each notebook.
FILES = {
    "data.csv": "1,2,3,4",
    "sibling.py": "def base():\n    return 10\n",
    "autotests.yml": AUTOTESTS,
}
ON_STDERR = "words on stderr cost a right answer nothing"
# {(group, case, answer): why the points are not nbgrader's}.
DIFFERENCES = {
    ("in-and-out", "note_on_stderr", "right"): ON_STDERR,
    ("in-and-out", "unittest_on_stderr", "right"): ON_STDERR,
}
