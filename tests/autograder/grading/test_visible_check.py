"""What a student sees of a check: its visible part and what that says, within bounds."""

import pytest
from nbformat.v4 import new_code_cell, new_output

from autograder.grading.running.visible_check import (
    LONGEST,
    Visible,
    bundle,
    of_run,
    visible_line,
    visible_of,
    visible_part,
)
from helpers.mismatch import Mismatch

SOURCE = """first
  ### BEGIN HIDDEN TESTS
secret
    ### END HIDDEN TESTS
second
### BEGIN HIDDEN TESTS and more
### END HIDDEN TESTS
### BEGIN HIDDEN TESTS
another secret"""


def test_the_visible_part_keeps_the_numbers_of_its_lines():
    plain = "### BEGIN HIDDEN TESTS and more\n### END HIDDEN TESTS"
    assert visible_part(SOURCE) == f"first\n\n\n\nsecond\n{plain}\n\n"


@pytest.mark.parametrize(
    "number, told",
    [
        (1, ["in line 1 of the check: first"]),
        *((n, []) for n in (2, 3, 4, 8, 9, 99)),
        (5, ["in line 5 of the check: second"]),
    ],
)
def test_a_line_is_told_unless_it_is_hidden(number, told):
    assert visible_line(SOURCE, number) == told


def test_a_run_that_ends_well_has_nothing_but_what_passed():
    seen = of_run("✓ one\nnoise ✓\n✓two\n✓  three\n", None)
    assert seen == Visible(("one", " three")) and seen.holds
    assert [seen.label, seen.expected, seen.got, seen.hint] == [None] * 4
    assert str(seen) == "the visible part of the check passes" and Visible().passed == ()


def test_a_failed_comparison_is_told_part_by_part():
    seen = of_run("✓ one", Mismatch("twice 2", "4", "5" * 3000))
    assert seen == Visible(("one",), "twice 2", "4", "5" * LONGEST, None) and LONGEST == 2000
    assert not seen.holds and str(seen).startswith("✗ twice 2")


@pytest.mark.parametrize(
    "error, told",
    [
        (ValueError("bad"), "ValueError: bad"),
        (ValueError(), "ValueError"),
        (ValueError("x" * 3000), f"ValueError: {'x' * 1988}"),
    ],
)
def test_another_error_is_one_line(error, told):
    assert of_run("", error) == Visible((), "the check did not finish", None, told, None)


def test_what_was_seen_is_found_among_other_outputs():
    seen = Visible(("one",), "twice 2", "4", "5", "hint")
    shown = [new_output("stream", text="x"), new_output("display_data", bundle(seen))]
    shown.append(new_output("display_data", bundle(Visible(("later",)))))
    assert visible_of(new_code_cell(outputs=shown)) == seen
    assert visible_of({}) is None and visible_of(new_code_cell(outputs=shown[:1])) is None
    assert bundle(Visible(("a",)))["text/plain"] == (
        "On its own: the visible part of the check passes"
    )
