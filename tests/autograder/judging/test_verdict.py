"""A verdict, its parts, and its row on disk."""

from dataclasses import replace

import pytest

from autograder.judging import Status, Verdict

NAMED = Verdict.named(
    "a.b", Status.WRONG, ("negated", "The sign. It is turned."), details=(("p",) * 4,)
)
TWO = Verdict.named("a.b", Status.WRONG, ("negated", "Mind the sign."), ("halved", "A half."))
REMARK = Verdict.right("a.b", "It changes x.")
PLAIN = Verdict("a.b", Status.RAISED, "it raised KeyError: right. so. what")


@pytest.mark.parametrize(
    ("verdict", "message", "told"),
    [
        (NAMED, "negated. The sign. It is turned.", "The sign. It is turned."),
        (
            TWO,
            "Two mistakes at once: negated & halved. (1) Mind the sign. (2) A half.",
            "(1) Mind the sign. (2) A half.",
        ),
        (REMARK, "right. It changes x.", "It changes x."),
        (Verdict.right("a.b"), "right", ""),
        (PLAIN, PLAIN.message, PLAIN.message),
    ],
)
def test_the_message_and_its_parts(verdict, message, told):
    assert (verdict.message, verdict.told) == (message, told)
    assert Verdict.from_row(verdict.as_row()) == replace(verdict, details=())


def test_a_row_of_an_older_kit_is_read():
    row = NAMED.as_row()
    del row["sentence"], row["misconceptions"]
    old = Verdict.from_row(row)
    assert (old.misconception, old.sentence, old.told) == ("negated", None, NAMED.message)
