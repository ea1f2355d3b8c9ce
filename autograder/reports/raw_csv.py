"""Replace single fields of a CSV file and keep every other byte."""

import csv
import io
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from autograder.course import csv_text
from helpers.errors import CourseError

LINE_END = re.compile("\r\n|\n|\r")


@dataclass
class RawCsv:
    """fields: rows of fields as written in the file, quotes included; row 0 is the header.

    ends: how each row ends. separator: "," or ";". bom: whether the file begins with the
    byte order mark by which spreadsheets recognise UTF-8.
    """

    fields: list[list[str]]
    ends: list[str]
    separator: str
    bom: bool

    @classmethod
    def read(cls, path: Path) -> Self:
        """Raises CourseError if the file is missing, not in UTF-8 or not CSV."""
        text = csv_text.read(path)
        bom, text = text.startswith(csv_text.BOM), text.removeprefix(csv_text.BOM)
        separator = csv_text.separator(text)
        table = cls(*_split(text, separator, path), separator, bom)
        # Python's own csv reader must see the same values.
        rows = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
        try:
            agrees = [row for row in rows if row] == [row for row in table.rows() if row != [""]]
        except csv.Error as error:
            raise CourseError(f"{path} is not a CSV file: {error}.") from None
        if not agrees:
            raise CourseError(f"{path} is a CSV file of an unusual kind; export it again.")
        return table

    def rows(self) -> list[list[str]]:
        """The values of all rows, without quotes."""
        return [[_value(field) for field in row] for row in self.fields]

    def put(self, row: int, column: int, value: str) -> None:
        """Replace one field by a value, which is quoted if needed; row 0 is the header."""
        quotes = any(sign in value for sign in (self.separator, '"', "\r", "\n"))
        self.fields[row][column] = '"' + value.replace('"', '""') + '"' if quotes else value

    def text(self) -> str:
        """The whole file; equal to what was read except for fields that were put."""
        rows = (self.separator.join(row) for row in self.fields)
        joined = (row + end for row, end in zip(rows, self.ends, strict=True))
        return (csv_text.BOM if self.bom else "") + "".join(joined)


def _split(text: str, separator: str, path: Path) -> tuple[list[list[str]], list[str]]:
    """(rows of raw fields, line ends)"""
    plain = re.escape(separator)
    field = re.compile(rf'"(?:[^"]|"")*"(?=[{plain}\r\n]|\Z)|[^"{plain}\r\n][^{plain}\r\n]*|')
    rows: list[list[str]] = []
    ends: list[str] = []
    row: list[str] = []
    position = 0
    while position < len(text):
        match = field.match(text, position)
        assert match  # the pattern also matches an empty field
        row.append(match[0])
        position = match.end()
        if text.startswith(separator, position):
            position += 1
            if position == len(text):
                row.append("")
        elif position < len(text):
            end = LINE_END.match(text, position)
            if not end:
                line = text.count("\n", 0, position) + 1
                raise CourseError(
                    f"{path} is not a CSV file: a quote is out of place in line {line}."
                )
            position = end.end()
            rows.append(row)
            ends.append(end[0])
            row = []
    if row:
        rows.append(row)
        ends.append("")
    return rows, ends


def _value(field: str) -> str:
    return field[1:-1].replace('""', '"') if field.startswith('"') else field
