"""A verdict, its parts, and its row on disk."""

from dataclasses import FrozenInstanceError, replace

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


def test_three_mistakes_are_counted_in_words_and_more_in_digits():
    names = [("a", "A."), ("b", "B."), ("c", "C."), ("d", "D.")]
    three = Verdict.named("x.y", Status.RAISED, *names[:3], about="The rest is right.")
    assert three.message == (
        "Three mistakes at once: a & b & c. (1) A. (2) B. (3) C. The rest is right."
    )
    assert Verdict.named("x.y", Status.WRONG, *names).message.startswith("4 mistakes at once: a &")
    assert (three.status, three.name, three.misconception) == (Status.RAISED, "y", "a & b & c")


def test_a_name_is_what_follows_the_first_point():
    assert Verdict("a.b.c", Status.WRONG, "").name == "b.c"
    assert Verdict("alone", Status.WRONG, "").name == "alone"


def test_the_row_of_a_verdict():
    assert NAMED.as_row() == {
        "exercise": "a.b",
        "name": "b",
        "verdict": "wrong",
        "misconception": "negated",
        "misconceptions": [["negated", "The sign. It is turned."]],
        "message": "negated. The sign. It is turned.",
        "sentence": "The sign. It is turned.",
        "beside": False,
    }
    lacking = Verdict("a.b", Status.COULD_NOT_BE_JUDGED, "no", beside=True, lacks="images")
    assert lacking.as_row()["lacks"] == "images" and lacking.as_row()["beside"] is True
    assert Verdict.from_row(lacking.as_row()) == lacking
    assert NAMED.details == (("p",) * 4,) and "details" not in repr(NAMED)


def test_a_row_of_an_older_kit_may_have_a_sentence_or_no_name():
    row = NAMED.as_row()
    del row["misconceptions"]
    old = Verdict.from_row(row)
    assert old.misconceptions == (("negated", "The sign. It is turned."),)
    assert (old.sentence, old.beside, old.lacks) == ("The sign. It is turned.", False, None)
    del row["sentence"]
    assert Verdict.from_row(row).misconceptions == (("negated", NAMED.message),)
    plain = {**PLAIN.as_row()}
    for gone in ("misconceptions", "sentence", "beside"):
        del plain[gone]
    assert Verdict.from_row(plain) == PLAIN


def test_a_verdict_is_nobody_s_to_change():
    for name in ("status", "message", "exercise", "misconceptions"):
        with pytest.raises(FrozenInstanceError):
            setattr(Verdict.right("a.b"), name, Status.WRONG)
    assert NAMED.status == "wrong" and [str(each) for each in Status] == [
        *("right", "wrong", "raised", "timed out", "not attempted", "could not be judged"),
    ]
