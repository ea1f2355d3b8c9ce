"""Single fields of a CSV file are replaced, and every other byte stays."""

import pytest

from autograder.reports.raw_csv import RawCsv
from helpers.errors import CourseError


def table(tmp_path, text):
    path = tmp_path / "x.csv"
    path.write_bytes(text.encode())
    return RawCsv.read(path)


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("a,b\n1,2\n", [["a", "b"], ["1", "2"]]),
        ("a,b\r\n1,2", [["a", "b"], ["1", "2"]]),
        ("a;b\n1,5;2\n", [["a", "b"], ["1,5", "2"]]),
        ('a,b\n"x, ""y""",\n', [["a", "b"], ['x, "y"', ""]]),
        ('a,b\n"two\nlines",2\n', [["a", "b"], ["two\nlines", "2"]]),
        ("\ufeffa,b\n1,2\n", [["a", "b"], ["1", "2"]]),
        ("a,b\n1,", [["a", "b"], ["1", ""]]),
        ("a,b\n\n1,2\n", [["a", "b"], [""], ["1", "2"]]),
        ('a,b\n"",x\n', [["a", "b"], ["", "x"]]),
    ],
)
def test_what_is_read_is_written_again(tmp_path, text, rows):
    read = table(tmp_path, text)
    assert read.rows() == rows and read.text() == text


@pytest.mark.parametrize(
    ("value", "field"),
    [("7", "7"), ("1,5", '"1,5"'), ('a "b"', '"a ""b"""'), ("a\nb", '"a\nb"'), ("a;b", "a;b")],
)
def test_a_field_is_quoted_where_it_has_to_be(tmp_path, value, field):
    read = table(tmp_path, "\ufeffa,b\r\n1,2\r\n3,4")
    read.put(1, 1, value)
    assert read.text() == f"\ufeffa,b\r\n1,{field}\r\n3,4"
    assert read.rows()[1] == ["1", value]
    semicolons = table(tmp_path, "a;b\n1;2\n")
    semicolons.put(1, 0, "1,5")
    semicolons.put(0, 1, "c;d")
    assert semicolons.text() == 'a;"c;d"\n1,5;2\n'


def test_a_quote_out_of_place_is_said_with_its_line(tmp_path):
    with pytest.raises(CourseError, match="x.csv is not a CSV file: a quote .* in line 3"):
        table(tmp_path, 'a,b\n1,2\n"x"y,2\n')
    with pytest.raises(CourseError, match="x.csv is"):
        table(tmp_path, 'a,b\n"never closed,2\n')


def test_a_table_may_end_or_be_empty_anywhere(tmp_path):
    for text, rows, ends in (
        ("a,b", [["a", "b"]], [""]),
        ("a,b\r\n", [["a", "b"]], ["\r\n"]),
        ("a;b\r1;2\n", [["a", "b"], ["1", "2"]], ["\r", "\n"]),
        (",\n,", [["", ""], ["", ""]], ["\n", ""]),
    ):
        read = table(tmp_path, text)
        assert (read.rows(), read.ends, read.text()) == (rows, ends, text)


@pytest.mark.parametrize(("place", "line"), [(1, 1), (2, 2), (3, 3)])
def test_the_line_of_a_quote_out_of_place_is_counted_from_1(tmp_path, place, line):
    rows = ["a,b", "1,2", "3,4"]
    rows[place - 1] = '"x"y,2'
    with pytest.raises(CourseError, match=f"in line {line}"):
        table(tmp_path, "\n".join(rows) + "\n")


@pytest.mark.parametrize("sign", [";", '"', "\r", "\n", ","])
def test_a_value_is_quoted_for_each_sign_that_needs_it(tmp_path, sign):
    read = table(tmp_path, "a;b\n1;2\n")
    read.put(1, 0, f"x{sign}y")
    quoted = sign != ","
    field = read.fields[1][0]
    assert field.startswith('"') is quoted and read.rows()[1] == [f"x{sign}y", "2"]
    assert read.fields[1][1] == "2"
