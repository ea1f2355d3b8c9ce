"""Tables of ids and names that anybody may have chosen."""

import csv
import io

import pytest

from autograder.course import csv_text


@pytest.mark.parametrize("sign", list("=+-@＝＋－＠"))
@pytest.mark.parametrize("before", ["", " ", "\t", "\r", "\n", " \t"])
def test_a_spreadsheet_gets_no_formula(sign, before):
    ((cell,),) = csv.reader(io.StringIO(csv_text.write([[f"{before}{sign}SUM(A1)"]]), newline=""))
    assert cell.startswith("'") or before == "\r" and cell.startswith("\ufffd")


@pytest.mark.parametrize("value", ["-1", "+2.5", "-1e-3", "a=b", "ada@school.example", "x-1", ""])
def test_numbers_and_names_stay(value):
    assert list(csv.reader(io.StringIO(csv_text.write([[value, "x"]])))) == [[value, "x"]]


@pytest.mark.parametrize(
    ("header", "separator"),
    [
        ("id,name", ","),
        ("id;name", ";"),
        ("id\tname", "\t"),
        ('"a,b,c";d', ";"),
        ("\ufeff\r\nid;name\na,b,c,d", ";"),
    ],
)
def test_the_header_tells_the_separator(header, separator):
    assert csv_text.separator(header) == separator
