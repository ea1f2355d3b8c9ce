"""The text of CSV files: read as spreadsheets save it, written so that none runs it."""

import csv
import io
import re
from collections.abc import Iterable, Sequence
from pathlib import Path

from autograder.course.terminal_text import plain
from helpers.errors import CourseError

BOM = "\ufeff"
SEPARATORS = (",", ";", "\t")
# A spreadsheet would run a field that begins with one of these.
FORMULA = ("=", "+", "-", "@", "＝", "＋", "－", "＠")


def read(path: Path) -> str:
    """The text of a UTF-8 file, including a byte order mark.

    Raises CourseError if the file is missing, is not UTF-8 or cannot be read.
    """
    try:
        return path.read_bytes().decode("utf-8")
    except FileNotFoundError:
        raise CourseError(f"There is no file {path}; check the name.") from None
    except UnicodeDecodeError:
        raise CourseError(f"{path} is not in UTF-8; save it as CSV UTF-8.") from None
    except OSError as error:
        raise CourseError(f"{path} cannot be read ({error.strerror}); check the name.") from None


def separator(text: str) -> str:
    """The separator, "," or ";" or a tab: the one that is more frequent in the header.

    Excel writes ";" if the decimal separator is a comma, and tabs for "Text". A sign in quotes does
    not count.
    """
    header = re.split("[\r\n]", text.lstrip(f"{BOM}\r\n"), maxsplit=1)[0]
    header = re.sub('"[^"]*"', "", header)
    return max(SEPARATORS, key=header.count)


def write(rows: Iterable[Sequence[str]]) -> str:
    """The text of a table, with commas; ids and names in it may have been chosen by anybody."""
    out = io.StringIO(newline="")
    csv.writer(out, lineterminator="\n").writerows([_tame(value) for value in row] for row in rows)
    return out.getvalue()


def _tame(value: str) -> str:
    """A value that a spreadsheet does not read as a formula; numbers stay numbers."""
    value = plain(value)
    try:
        float(value)
    except ValueError:
        return f"'{value}" if value.lstrip().startswith(FORMULA) else value
    return value
