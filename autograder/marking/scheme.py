"""Read a marking scheme as a rubric: lines that each give points.

A scheme is the part of a question between BEGIN MARK SCHEME and END MARK SCHEME; its bullets are
the lines. Authors write "1 point: ...", "2 pts for ...", "... (half a point)"; a bullet whose parts
have points of their own, which add up to the bullet's, becomes one line for each part.
"""

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass

BEGIN, END = "BEGIN MARK SCHEME", "END MARK SCHEME"
BULLET = re.compile(r"^\s{0,9}(?:[-*+]|\d{1,2}[.)])\s+")
WORDS = {"half a": 0.5, "half": 0.5, "½": 0.5, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5}
_NUMBER = rf"(?:\d+½|\d+(?:[.,]\d+)?|{'|'.join(WORDS)})"
_POINTS = rf"({_NUMBER})[ -]?(?:points?|pts?|marks?|p)\b\.?"
_AROUND = r"[*_\[(+]*"
LEAD = re.compile(rf"^{_AROUND}{_POINTS}[*_\])]*\s*[:–—-]?[*_]*\s*(?:(?:for|if)\b\s*)?", re.I)
INSIDE = re.compile(rf"[(\[]\+?{_POINTS}[)\]]", re.I)
NOTHING = re.compile(r":\s*(?:0|none|nothing)(?:\s*points?)?\s*\.?$", re.I)
# Several lines in one bullet: "1 point: this. 1 point: that."
NEXT = re.compile(rf"(?<=[.;])\s+(?={_AROUND}{_POINTS}[*_\])]*\s*(?::|for\b))", re.I)


@dataclass(frozen=True)
class Line:
    """One line of a rubric. points: what it gives. sentence: what for, in Markdown."""

    points: float
    sentence: str

    @property
    def id(self) -> str:
        """A name that lasts as long as the line is the same."""
        return _digest(f"{self.points:g} {self.sentence}")


@dataclass(frozen=True)
class Scheme:
    """lines: that give points. notes: remarks, in Markdown. text: as its author wrote it."""

    lines: tuple[Line, ...] = ()
    notes: tuple[str, ...] = ()
    text: str = ""

    @property
    def digest(self) -> str:
        """Changes with the scheme; "" if there is none."""
        return _digest(self.text) if self.text else ""


def split(source: str) -> tuple[str, str]:
    """(the question, its marking scheme) of a cell's source; the scheme may be ""."""
    question: list[str] = []
    scheme: list[str] = []
    inside = False
    for line in source.splitlines():
        if BEGIN in line:
            inside = True
        elif END in line:
            inside = False
        else:
            (scheme if inside else question).append(line)
    return "\n".join(question).strip(), "\n".join(scheme).strip()


def read(text: str) -> Scheme:
    """The Scheme that this Markdown describes."""
    lines: list[Line] = []
    notes: list[str] = []
    for bullet in _bullets(text):
        for part in _parts(bullet):
            found = list(_lines(part))
            lines += found
            if not found:
                notes.append(part)
    return Scheme(tuple(lines), tuple(notes), text)


def _bullets(text: str) -> Iterator[str]:
    """Each bullet in one line; where there are no bullets, each line that names points."""
    rows = text.splitlines()
    if not any(BULLET.match(row) for row in rows):
        yield from (row.strip() for row in rows if LEAD.match(row.strip()) or INSIDE.search(row))
        return
    bullet = ""
    for row in rows:
        if BULLET.match(row) or not row.strip():
            if bullet:
                yield bullet
            bullet = BULLET.sub("", row).strip()
        elif bullet:
            bullet += f" {row.strip()}"
    if bullet:
        yield bullet


def _parts(bullet: str) -> list[str]:
    ends = [match.start() for match in NEXT.finditer(bullet)]
    return [bullet[a:b].strip() for a, b in zip([0, *ends], [*ends, None], strict=True)]


def _lines(part: str) -> Iterator[Line]:
    lead = LEAD.match(part)
    inside = list(INSIDE.finditer(part))
    if lead:
        points, rest = _value(lead[1]), part[lead.end() :]
        values = [_value(match[1]) for match in inside]
        if len(values) > 1 and sum(values) == points:
            start = lead.end()
            for match, value in zip(inside, values, strict=True):
                yield Line(value, _tidy(part[start : match.start()]))
                start = match.end()
            return
        yield Line(points, _tidy(rest))
    elif inside:
        last = inside[-1]
        yield Line(_value(last[1]), _tidy(part[: last.start()] + part[last.end() :]))
    elif NOTHING.search(part):
        yield Line(0.0, _tidy(NOTHING.sub("", part)))


def _value(word: str) -> float:
    word = word.lower()
    if word in WORDS:
        return float(WORDS[word])
    if word.endswith("½"):
        return int(word[:-1]) + 0.5
    return float(word.replace(",", "."))


def _tidy(sentence: str) -> str:
    sentence = sentence.strip(" ;,.")
    return re.sub(r"^(?:and|for)\s+", "", sentence)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:12]
