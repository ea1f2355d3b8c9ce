"""What one judgement knows of the others of a submission."""

from dataclasses import FrozenInstanceError
from types import SimpleNamespace

import pytest

from autograder.judging import Status, Verdict
from autograder.judging.setting import Setting, SoFar, current, setting


def judged(*pairs):
    made = SoFar()
    for name, status in pairs:
        made.judged[name] = SimpleNamespace(id=name), Verdict(name, status, "...")
    return made


def test_the_wrong_answers_of_the_same_assignment():
    so_far = judged(
        ("gan.a", Status.WRONG),
        ("gan.b", Status.RIGHT),
        ("gan.c", Status.RAISED),
        ("gan.d", Status.COULD_NOT_BE_JUDGED),
        ("gan.e", Status.TIMED_OUT),
        ("gan.f", Status.NOT_ATTEMPTED),
        ("vae.a", Status.WRONG),
    )
    wrong = so_far.wrong(SimpleNamespace(id="gan.a"))
    assert [each.id for each in wrong] == ["gan.c", "gan.e", "gan.f"]
    assert [each.id for each in so_far.wrong(SimpleNamespace(id="vae.b"))] == ["vae.a"]


def test_a_verdict_is_final_once_its_oracle_was_lent():
    so_far, exercise = judged(("gan.a", Status.WRONG)), SimpleNamespace(id="gan.a")
    assert so_far.final(exercise) is None
    so_far.lent.add("gan.a")
    assert so_far.final(exercise) is so_far.judged["gan.a"][1]


def test_a_setting_holds_inside_and_ends_with_it():
    before = current()
    assert before == Setting("", None, None, None, None)
    with setting(salt="a"):
        assert current().salt == "a"
        with setting(files={}):
            assert (current().salt, current().files) == ("", {})
        assert current().salt == "a"
    assert current() is before


def test_a_setting_is_the_same_for_all_that_read_it():
    with setting(salt="a"), pytest.raises(FrozenInstanceError):
        current().salt = "b"
    one, other = SoFar(), SoFar()
    one.lent.add("gan.a")
    assert other == SoFar() != one


def test_a_setting_ends_with_an_exception_too():
    before = current()
    with pytest.raises(KeyError), setting(salt="a"):
        raise KeyError
    assert current() is before
