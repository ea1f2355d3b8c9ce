"""A notebook as the grader will see it: what is missing, changed or still blank.

What should be there is in the notebook itself: its metadata holds, under ``course``, the list
of cells that were released (see ``EXPECTED``). Nothing here raises for what a student wrote.
"""

import hashlib
import json
import re
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from helpers.bounds import FOLDER
from helpers.errors import CourseError
from helpers.submit.code import ANY, defined, saved_models, what_is_wrong

# In a notebook's metadata: {"assignment": NAME, "kit": VERSION, "cells": [[grade_id, kind, sum]]}
# with a kind of KINDS; sum is digest() of a given cell's source, "" for a text. Of an assignment
# with several notebooks also "notebook": this one, and "notebooks": [all of them]. Of a code answer
# sum is what its stub defines, such as "double,half".
EXPECTED = "course"
KINDS = ("code", "text", "given")
STUB = re.compile(r"^\s*raise NotImplementedError\b", re.MULTILINE)
BLANK = "Your answer here"
HAND_IN = "check_and_pack("
OLD_SECONDS = 3600.0
LISTED = 30
NAMELESS = (
    "all: the cells have lost their names; the grader finds code by what it defines and may miss"
    " the rest, so copy your answers into a fresh notebook"
)

PROBLEMS = {
    "missing": "Cells that were removed (the grader puts them back empty; undo, or copy them "
    "from a fresh notebook)",
    "unwritten": "Code that is still to be written",
    "broken": "Code that Python cannot read (the grader can run nothing of such a cell)",
    "renamed": "Answer cells that do not define what their check looks for by its name",
    "empty": "Answer cells that are empty",
    "blank": "Questions that are still to be answered",
    "model": "Trained models that are not there, or damaged",
}
HINTS = {
    "twice": "Cells that appear more than once (your own are all run, in order, and the last one "
    "counts; given ones count once)",
    "changed": "Given cells that you changed (the grader runs the original ones)",
    "hint": "Worth a look",
}


@dataclass(frozen=True)
class Finding:
    """A finding about one cell. kind: a key of PROBLEMS or HINTS; text: a name or a sentence."""

    kind: str
    text: str


@dataclass(frozen=True)
class SubmissionReport:
    """What was seen.

    answered, expected: numbers of answer cells with something in them, and of all.
    """

    assignment: str
    answered: int
    expected: int
    findings: tuple[Finding, ...]

    @property
    def is_complete(self) -> bool:
        """Whether nothing is missing; hints do not count."""
        return not any(finding.kind in PROBLEMS for finding in self.findings)

    def lines(self) -> list[str]:
        """What was seen, for a person."""
        told = [f"{self.answered} of {self.expected} answers are there."]
        for kind, title in (PROBLEMS | HINTS).items():
            found = [finding.text for finding in self.findings if finding.kind == kind]
            if found:
                told += ["", f"{'✗' if kind in PROBLEMS else '·'} {title}:"]
                told += [f"    {text}" for text in found[:LISTED]]
                told += [f"    and {len(found) - LISTED} more"] * (len(found) > LISTED)
        if self.is_complete:
            told[0] = f"✓ All {self.expected} answers are there, and every cell is in its place."
        return told


def digest(source: str) -> str:
    """Short hash of a cell's source; spaces at line ends do not count."""
    text = "\n".join(line.rstrip() for line in source.strip().splitlines())
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:12]


def look(
    content: dict,
    assignment: str,
    saved: float | None = None,
    remark: str | None = None,
    folder: Path | None = None,
) -> SubmissionReport:
    """Compare a notebook with what was released.

    Args:
        content: as from ``notebook_file.read``.
        assignment: such as ``"gan-mnist"``.
        saved: seconds since the epoch at which the file was saved, if it is known.
        remark: on the file, if it had to be repaired.
        folder: of the notebook, if its models are to be looked at.

    Raises:
        CourseError: the notebook belongs to another assignment, or not to the course.
    """
    cells = [_Cell(cell) for cell in content["cells"]]
    about = _dict(_dict(content.get("metadata")).get(EXPECTED))
    belongs = about.get("assignment")
    if isinstance(belongs, str) and belongs != assignment:
        raise CourseError(f"This is the notebook of {belongs[:60]!r}, not of {assignment!r}.")
    expected, findings = _expected(about, cells), []
    if not expected:
        raise CourseError(
            f"This notebook has no cell of {assignment}: hand in the one that you were given."
        )
    nameless = not any(cell.grade_id for cell in cells)
    if nameless:
        findings.append(Finding("missing", NAMELESS))
    if not about.get("cells"):
        findings.append(
            Finding("hint", "The notebook has lost its list of cells: a removed one goes unnoticed")
        )
    answered, places = 0, _places(cells)
    there = {name for cell in cells if cell.kind == "code" for name in defined(cell.source)}
    for name, kind, checksum in expected:
        found = [cell for cell in cells if cell.grade_id == name]
        place = f"{name}{places.get(name, '')}"
        if not found:
            findings += [] if nameless else [Finding("missing", name)]
            continue
        if len(found) > 1:
            findings.append(Finding("twice", place))
        if kind == "given":
            if checksum and any(digest(cell.source) != checksum for cell in found):
                findings.append(Finding("changed", place))
            continue
        problems = [cell.problem(kind) for cell in found]
        if all(problems):
            findings.append(Finding(problems[0], place))
        elif kind == "code" and (wrong := _about_code(found, checksum, there)):
            findings.append(Finding(wrong[0], f"{place}: {wrong[1]}"))
        else:
            answered += 1
    if folder is not None:
        names = [
            name for cell in cells if cell.kind == "code" for name in saved_models(cell.source)
        ]
        findings += [Finding(*each) for each in _about_models(dict.fromkeys(names), folder)]
    hints = [*([remark] if remark else []), *_hints(cells, saved)]
    findings += [Finding("hint", text) for text in hints]
    answers = sum(kind != "given" for _, kind, _ in expected)
    return SubmissionReport(assignment, answered, answers, tuple(findings))


class _Cell:
    """What matters of a cell, whatever its JSON holds."""

    def __init__(self, cell):
        source = cell.get("source", "")
        source = source if isinstance(source, list) else [source]
        self.source = "".join(line for line in source if isinstance(line, str))
        self.kind = cell.get("cell_type")
        mark = _dict(_dict(cell.get("metadata")).get("nbgrader"))
        name = mark.get("grade_id")
        self.grade_id = name if isinstance(name, str) else None
        self.is_answer = bool(mark.get("solution"))
        self.was_run = cell.get("execution_count") is not None

    def problem(self, kind):
        """Why this answer is not finished, or None."""
        if not self.source.strip():
            return "empty"
        if kind == "code":
            return "unwritten" if STUB.search(self.source) else None
        return "blank" if BLANK in self.source and len(self.source.strip()) < 40 else None


def _about_code(found, asked, there):
    """(kind, text) of what is wrong with a code answer that is not blank, or None.

    asked: names, with commas in between. there: all names that the notebook defines.
    """
    # Cells with the same name are all run.
    broken = [wrong for cell in found if (wrong := what_is_wrong(cell.source))]
    if len(broken) == len(found):
        return "broken", broken[0]
    lost = [name for name in asked.split(",") if name and name not in there]
    if lost and ANY not in there:
        return "renamed", f"nothing is called {', '.join(lost)}"
    return None


def _about_models(names, folder):
    """(kind, text) of each model that is missing, damaged or only a try."""
    for name in names:
        weights = folder / FOLDER / f"{name}.safetensors"
        if not weights.is_file():
            others = [p.name for p in folder.glob(f"{FOLDER}/*.safetensors") if p.stem not in names]
            renamed = f" (is it {', '.join(sorted(others)[:3])} under another name?)" * bool(others)
            yield "model", f"{name}: run the cells that train and save it{renamed}"
            continue
        card, content = _card(weights), weights.read_bytes()
        if card.get("sha256") not in (None, hashlib.sha256(content).hexdigest()):
            yield "model", f"{name}: {weights.name} is not what was saved; save it again"
        elif not _is_whole(content):
            yield "model", f"{name}: {weights.name} holds no weights, or not all; save it again"
        elif card.get("budget", "full") not in ("full", "short"):
            yield "hint", f"The model {name} is only a try (its budget was {card['budget']})"


def _is_whole(content):
    """Whether bytes are a safetensors file, which says in its header how long it is."""
    size = int.from_bytes(content[:8], "little")
    try:
        tensors = _dict(json.loads(content[8 : 8 + size]))
        ends = [about["data_offsets"][1] for key, about in tensors.items() if key != "__metadata__"]
        return bool(ends) and len(content) == 8 + size + max(ends)
    except (ValueError, TypeError, KeyError, IndexError):
        return False


def _card(weights):
    try:
        return _dict(json.loads(weights.with_suffix(".json").read_text("utf-8")))
    except (OSError, ValueError):
        return {}


def _expected(about, cells):
    """[(grade_id, kind, digest)], from the metadata or else from the cells themselves."""
    listed = about.get("cells")
    if isinstance(listed, list):
        rows = [row for row in listed if isinstance(row, list) and len(row) == 3]
        rows = [tuple(row) for row in rows if all(isinstance(each, str) for each in row)]
        return [row for row in rows if row[1] in KINDS]
    kinds = {}
    for cell in filter(lambda cell: cell.grade_id, cells):
        answer = "code" if cell.kind == "code" else "text"
        kinds.setdefault(cell.grade_id, answer if cell.is_answer else "given")
    return [(name, kind, "") for name, kind in kinds.items()]


def _places(cells):
    """{grade_id: " (heading)"}: the heading above each cell."""
    heading, places = "", {}
    for cell in cells:
        if cell.kind == "markdown":
            titles = re.findall(r"^#{1,3} +(.+?)\s*$", cell.source, re.MULTILINE)
            heading = f" ({titles[-1][:60]})" if titles else heading
        if cell.grade_id:
            places.setdefault(cell.grade_id, heading)
    return places


def _hints(cells, saved):
    # The cell that hands in has not ended while it looks.
    code = [c for c in cells if c.kind == "code" and c.source.strip() and HAND_IN not in c.source]
    count = Counter(cell.was_run for cell in code)
    if code and not count[True]:
        yield "No cell was run: pictures and tables are marked as you hand them in"
    elif count[False]:
        yield f"{count[False]} of {len(code)} code cells were never run, or were cleared"
    if saved is not None and time.time() - saved > OLD_SECONDS:
        when = time.strftime("%d %B, %H:%M", time.localtime(saved))
        yield f"The file was last saved on {when}: is it the version you mean?"


def _dict(value):
    return value if isinstance(value, dict) else {}
