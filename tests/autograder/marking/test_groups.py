"""Answers are grouped where they are blank, equal or nearly equal, and nowhere else."""

import pytest

from autograder.marking import groups, similar
from tests.marking_course import NEAR, SAME, STUB

OTHER = "The inverse function has the slope $e^y$, and turning the picture around gives the rest."


@pytest.mark.parametrize(
    "blank",
    ["", " \n\t", STUB, "  *Your answer here.* ", "Your answer here", "I don't know.", "n/a", "-",
     "…", "TODO", "idk", "No answer", "**?**", "# ", "pass"],
)  # fmt: skip
def test_blank_answers(blank):
    assert groups.is_blank(blank, STUB)


@pytest.mark.parametrize("answer", ["0", "$x$", "No.", "Yes", "42", "2", "因为", "=", "It passes"])
def test_short_answers_are_not_blank(answer):
    assert not groups.is_blank(answer, STUB)


def test_a_photograph_is_an_answer_and_alone():
    assert not groups.is_blank("", STUB, pictures=1)
    found = groups.grouped({"a": "", "b": "", "c": ""}, STUB, pictures=["a", "c"])
    assert {group.members: group.kind for group in found} == {
        ("b",): groups.BLANK, ("a",): groups.ALONE, ("c",): groups.ALONE
    }  # fmt: skip


def test_kinds_and_their_order():
    answers = {"a": OTHER, "b": SAME, "c": "", "d": f" {SAME}\n", "e": NEAR, "f": STUB}
    found = groups.grouped(answers, STUB)
    assert [(group.kind, group.members) for group in found] == [
        (groups.BLANK, ("c", "f")), (groups.SIMILAR, ("b", "d", "e")), (groups.ALONE, ("a",))
    ]  # fmt: skip


def test_a_sign_or_a_number_makes_another_answer():
    short = {"a": "x = 3", "b": "x = 4", "c": "$x < 3$", "d": "$x > 3$", "e": "x = -3",
             "f": "x = 2*3", "g": "x = 23", "h": "$X < 3$"}  # fmt: skip
    assert {group.kind for group in groups.grouped(short)} == {groups.ALONE}


def test_the_same_beginning_is_not_the_same_answer():
    half = SAME[: len(SAME) // 2]
    answers = {"a": SAME, "b": half + OTHER[: len(OTHER) // 2], "c": OTHER}
    assert {group.kind for group in groups.grouped(answers)} == {groups.ALONE}


def test_every_answer_is_in_one_group():
    answers = {str(n): (SAME if n % 3 else OTHER) + " more" * (n % 4) for n in range(60)}
    members = [key for group in groups.grouped(answers) for key in group.members]
    assert sorted(members) == sorted(answers)


def test_a_far_too_long_answer_is_compared_as_it_is():
    """NFKC makes eighteen letters of this one."""
    long = "\ufdfa" * (groups.LONGEST + 1)
    found = groups.grouped({"a": SAME, "b": long, "c": long, "d": long + " ", "e": NEAR})
    assert {group.members for group in found} == {("a", "e"), ("b", "c"), ("d",)}
    assert groups.plain(long) == long and not groups.is_blank(long)
    assert groups.is_blank(" " * (groups.LONGEST + 1))


def test_pairs_are_alike_where_few_are():
    class_of = {f"s{n}": {"q": OTHER + f" {n * 997}" * 6, "f": "def f(x):\n    return x"}
                for n in range(9)}  # fmt: skip
    class_of["s3"]["q"] = SAME
    class_of["s7"]["q"] = NEAR
    found = similar.alike(class_of, {"q": STUB, "f": ""})
    everybody = [each for each in found if each.cell == "f"]
    assert [len(each.students) for each in everybody] == [9]
    pairs = similar.pairs(found)
    assert ("s3", "s7") in {pair.students for pair in pairs}
    assert all("f" not in pair.cells for pair in pairs)
