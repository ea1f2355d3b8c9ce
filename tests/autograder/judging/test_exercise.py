"""An exercise as data: its names, what it knows by itself, and that nobody changes it."""

import dataclasses

import pytest

from autograder.judging import Exercise, Misconception, Part, Probe, Tolerance, observers
from autograder.judging.exercise import Alias, Remark

PROBE = Probe("p", lambda g: {}, observers.value)


def exercise(**options):
    options = {"id": "gan.loss", "misconceptions": (), **options}
    return Exercise(truth="t", source="s", points=1, probes=(PROBE,), oracle=lambda x: x, **options)


def test_the_name_is_what_follows_the_first_point():
    assert exercise().name == "loss" and exercise(id="gan.loss.of.two").name == "loss.of.two"


def test_what_is_not_said_is_the_usual():
    plain = exercise()
    assert plain.on_gpu is True and plain.tolerance == Tolerance(1e-4, 1e-5)
    for name in ("also_right", "remarks", "parts", "open", "aliases", "known"):
        assert getattr(plain, name) == ()
    assert PROBE.laws({"x": 1}) == {} and PROBE.glance is None
    known = Misconception("n", "s")
    assert (known.formulas, known.on, known.laws, known.transform, known.fails_on) == (
        *((), (), {}, None, ()),
    )
    part = Part("p", ("shown",))
    assert (part.arguments, part.oracle, part.misconceptions, part.on) == ((), None, (), ())
    assert Alias("n", lambda f: f, "CS000").parameters is None


def test_its_own_mistakes_come_first_and_each_name_once():
    own, same, of_part = (Misconception(n, s) for n, s in (("a", "1"), ("a", "2"), ("b", "3")))
    parts = (Part("one", ("x",), misconceptions=(same, of_part)), Part("two", ("y",)))
    assert exercise(misconceptions=(own,), parts=parts).known == (own, of_part)
    last = exercise(misconceptions=(Misconception("c", ""),), parts=parts).known
    assert [known.name for known in last] == ["c", "a", "b"]


def test_judgements_share_it_and_nobody_changes_it():
    shared = (
        *(exercise(), PROBE, Tolerance(), Misconception("n", "s"), Part("p", ()), Remark("a", "b")),
        Alias("n", lambda f: f, "CS000"),
    )
    for each in shared:
        for field in dataclasses.fields(each):
            with pytest.raises(dataclasses.FrozenInstanceError):
                setattr(each, field.name, None)
