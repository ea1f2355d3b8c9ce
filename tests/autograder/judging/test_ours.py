"""What is kept of oracles and wrong formulas, and when they are run."""

import random
from dataclasses import replace
from types import SimpleNamespace

import numpy
import pytest
import torch
from torch.distributions import Normal

from autograder.judging import Exercise, Probe, Tolerance, observers, ours
from autograder.judging.compare import Raised
from autograder.judging.distribution import Distribution
from autograder.judging.ours import Ours
from autograder.judging.own_draws import own_draws, start_anew

X = torch.tensor([1.0, 2.0], dtype=torch.float64)


def exercise(*probes, oracle=lambda x: 2 * x, tolerance=Tolerance()):  # noqa: B008 (it is frozen)
    return Exercise("x.y", "", "", 1, probes, oracle, (), tolerance=tolerance)


def probe(name="p", **options):
    return Probe(name, lambda g: {"x": X}, observers.value, **options)


class Counting:
    def __init__(self, function):
        self.function, self.calls = function, 0

    def __call__(self, x):
        self.calls += 1
        return self.function(x)


def test_a_formula_is_run_once_on_each_probe():
    one, other = probe(), probe()  # of one name
    kept = Ours(exercise(one, other), [(one, {"x": X}), (other, {"x": 5 * X})])
    formula = Counting(lambda x: x + 1)
    assert kept.given(formula, one)["value"].tolist() == [2, 3]
    assert kept.given(formula, other)["value"].tolist() == [6, 11]
    assert kept.given(formula, one)["value"].tolist() == [2, 3] and formula.calls == 2
    assert kept.inputs(other)["x"].tolist() == [5, 10]


def test_what_a_formula_raises_is_kept_too():
    asked = probe()
    kept = Ours(exercise(asked), [(asked, {"x": X})])
    seen = kept.given(Counting(lambda x: x.missing), asked)
    assert isinstance(seen, Raised) and seen.type == "AttributeError"


def test_which_formulas_are_right_and_in_what_others_differ():
    law = Distribution(Normal(0.0, 1.0))

    def observe(call, inputs):
        return {
            "value": call(inputs["x"]),
            "half": call(inputs["x"]) / 2,
            "draws": torch.zeros(300),
        }

    asked = Probe("p", lambda g: {"x": X}, observe, laws=lambda inputs: {"draws": law})
    kept = Ours(exercise(asked), [(asked, {"x": X})])
    assert [*kept.errors(lambda x: 2 * x, asked)] == ["draws"]
    assert [*kept.errors(lambda x: 3 * x, asked)] == ["value", "half", "draws"]
    assert not kept.is_right(lambda x: 2 * x, asked)
    plain = probe()
    kept = Ours(exercise(plain), [(plain, {"x": X})])
    double = Counting(lambda x: 2 * x)
    assert kept.is_right(double, plain) and kept.is_right(double, plain) and double.calls == 1
    assert not kept.is_right(lambda x: 2 * x + 1e-3, plain)


def test_the_tolerance_is_that_of_the_exercise():
    asked = probe(glance=observers.value)
    wide = exercise(asked, tolerance=Tolerance(rtol=0.0, atol=0.5))
    kept = Ours(wide, [(asked, {"x": X})])
    assert kept.is_right(lambda x: 2 * x + 0.4, asked)
    assert not kept.is_right(lambda x: 2 * x + 0.6, asked)


def test_a_glance_that_differs_saves_the_look():
    def count(call, inputs):
        return {"size": len(call(inputs["x"]))}

    asked = probe(glance=count)
    kept = Ours(exercise(asked), [(asked, {"x": X})])
    longer = Counting(lambda x: torch.cat([x, x]))
    assert not kept.is_right(longer, asked) and longer.calls == 1
    assert kept.glance(longer, asked) == {"size": 4} and longer.calls == 1
    assert kept.given(longer, asked)["value"].tolist() == [1, 2, 1, 2] and longer.calls == 2
    assert kept.is_right(lambda x: x + x, asked)
    # An oracle that a glance stumbles over leaves the look to tell.
    failing = probe(glance=lambda call, inputs: {"size": call("x").shape})
    kept = Ours(exercise(failing), [(failing, {"x": X})])
    assert kept.is_right(lambda x: 2 * x, failing) and not kept.is_right(lambda x: x, failing)
    assert kept.is_right(lambda x: x.mul(2), failing)  # which stumbles in another way


def test_laws_and_compositions_are_made_once():
    calls = []
    asked = Probe("p", None, observers.value, laws=lambda inputs: calls.append(1) or {"a": 1})
    kept = Ours(exercise(asked), [(asked, {"x": X})])
    assert kept.laws(asked) == kept.laws(asked) == {"a": 1} and len(calls) == 1
    first = kept.made((len, abs), lambda: object())
    assert kept.made((len, abs), lambda: object()) is first
    assert kept.made((abs, len), lambda: object()) is not first


def test_what_is_kept_belongs_to_an_exercise_a_seed_and_a_dtype(monkeypatch):
    monkeypatch.setattr(ours, "KEPT", 2)
    monkeypatch.setattr(ours, "_kept", type(ours._kept)())
    asked, drawn = exercise(probe()), []

    def kept(which=asked, seed=1):
        return ours.kept(which, seed, lambda: drawn.append(seed) or [])

    one = kept()
    assert kept() is one and kept(seed=2) is not one and drawn == [1, 2]
    assert kept() is one
    kept(seed=3)  # no more than two: the one that was asked for least recently goes
    assert kept() is one and drawn == [1, 2, 3]
    kept(seed=2)
    assert drawn == [1, 2, 3, 2]
    other = exercise(*asked.probes, oracle=lambda x: x)
    assert kept(other, seed=2) is not kept(seed=2)
    before = kept(seed=2)
    torch.set_default_dtype(torch.float64)
    try:
        assert kept(seed=2) is not before
    finally:
        torch.set_default_dtype(torch.float32)


def test_inside_another_one_they_start_anew_and_the_outer_one_restores():
    torch.manual_seed(3)
    expected = torch.rand(2)
    torch.manual_seed(3)
    with own_draws():
        first = torch.rand(1), random.random(), numpy.random.rand()
        with own_draws():
            assert (torch.rand(1), random.random(), numpy.random.rand()) == first
    assert torch.equal(torch.rand(2), expected)
    with own_draws():  # it has ended: this one restores again
        torch.rand(1)
    torch.manual_seed(3)
    assert torch.equal(torch.rand(2), expected)


def test_our_draws_are_the_same_each_time_and_nothing_that_others_would_draw():
    def drawn():
        import random

        import numpy

        return random.random(), float(numpy.random.rand()), float(torch.rand(()))

    torch.manual_seed(1)
    with own_draws():
        first = drawn()
    with own_draws():
        assert drawn() == first
    after = float(torch.rand(()))
    torch.manual_seed(1)
    assert float(torch.rand(())) == after
    with pytest.raises(KeyError), own_draws():
        drawn()
        raise KeyError
    expected = float(torch.rand(()))
    torch.manual_seed(1)
    torch.rand(())
    assert float(torch.rand(())) == expected


def test_a_listed_name_is_not_an_identity():
    """Two probes of one name have inputs of their own."""
    one, other = SimpleNamespace(name="p"), SimpleNamespace(name="p")
    kept = Ours(exercise(), [(one, {"x": 1}), (other, {"x": 2})])
    assert (kept.inputs(one), kept.inputs(other)) == ({"x": 1}, {"x": 2})


def test_what_is_kept_belongs_to_its_probes_and_tolerance_too(monkeypatch):
    monkeypatch.setattr(ours, "_kept", type(ours._kept)())
    asked = exercise(probe())
    first = ours.kept(asked, 1, list)
    assert ours.kept(replace(asked, id="x.z"), 1, list) is first  # whatever it is called
    for change in ({"tolerance": Tolerance(1.0, 1.0)}, {"probes": (probe(),)}):
        assert ours.kept(replace(asked, **change), 1, list) is not first
    # More than a notebook has.
    assert ours.kept(asked, 1, list) is first
    others = [ours.kept(asked, seed, list) for seed in range(2, 30)]
    assert len(others) == 28 and ours.kept(asked, 1, list) is first


def test_draws_of_each_kind_go_on_as_if_nothing_had_been_drawn():
    def drawn():
        return random.random(), float(numpy.random.rand()), float(torch.rand(()))

    def seeded():
        random.seed(3)
        numpy.random.seed(3)
        torch.manual_seed(3)

    seeded()
    expected = [drawn(), drawn()]
    seeded()
    found = [drawn()]
    with own_draws():
        ours_first = drawn()
        start_anew()
        assert drawn() == ours_first  # for another formula
    found.append(drawn())
    assert found == expected and ours_first not in found


def test_a_glance_that_differs_in_what_the_oracle_lacks_is_none():
    """What the truth has is what counts, for a glance as for a look."""
    asked = probe(glance=lambda call, inputs: {"sum": call(inputs["x"]).sum()})
    kept = Ours(exercise(asked), [(asked, {"x": X})])
    assert kept.is_right(lambda x: x + x, asked)
    flipped = Counting(lambda x: 2 * x.flip(0))
    assert not kept.is_right(flipped, asked) and flipped.calls == 2


def test_a_formula_that_draws_draws_the_same_on_each_probe_and_nothing_of_others():
    one, other = probe(glance=observers.value), probe()
    kept = Ours(exercise(one, other), [(one, {"x": X}), (other, {"x": X})])
    draws = lambda x: x + torch.rand(2)  # noqa: E731
    torch.manual_seed(3)
    first = kept.given(draws, one)["value"].tolist()
    assert kept.given(draws, other)["value"].tolist() == first
    assert kept.glance(draws, one)["value"].tolist() == first
    after = float(torch.rand(()))
    torch.manual_seed(3)
    assert float(torch.rand(())) == after
