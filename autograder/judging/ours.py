"""What oracles and wrong formulas give on drawn inputs, kept from one judgement to the next."""

from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterator, Mapping
from dataclasses import replace
from typing import Any

import torch

from autograder.judging.compare import Raised, attempt, differing
from autograder.judging.distribution import Distribution, LikeSample
from autograder.judging.estimate import Estimate
from autograder.judging.exercise import Exercise, Inputs, Observations, Probe
from autograder.judging.numbers import as_numbers
from autograder.judging.own_draws import own_draws

# More exercises than a notebook has.
KEPT = 32


class Ours:
    """Callables of ours on the inputs of one exercise: each is run once on each probe.

    No student's code is given these inputs, so nothing that it does to its own reaches another
    judgement.
    """

    def __init__(self, exercise: Exercise, drawn: list[tuple[Probe, Inputs]]) -> None:
        self.probes, self.oracle = exercise.probes, exercise.oracle
        self.tolerance = exercise.tolerance
        # By the probe's identity: two may have one name.
        self._inputs = {id(probe): inputs for probe, inputs in drawn}
        self._laws: dict[int, Observations] = {}
        # With the callables, whose ids must not be given away.
        self._given: dict[tuple, tuple[Callable, Observations | Raised]] = {}
        self._expected: dict[tuple, tuple[Any, Observations | Raised]] = {}
        self._right: dict[tuple[int, int], bool] = {}
        self._made: dict[tuple[int, ...], tuple[tuple, Callable]] = {}

    def inputs(self, probe: Probe) -> Inputs:
        """What was drawn for a probe."""
        return self._inputs[id(probe)]

    def laws(self, probe: Probe) -> Observations:
        """The probe's laws for its inputs."""
        if id(probe) not in self._laws:
            self._laws[id(probe)] = probe.laws(self.inputs(probe))
        return self._laws[id(probe)]

    def made(self, parts: tuple, make: Callable[[], Callable]) -> Callable:
        """What `make` composes of callables, made once for the same parts."""
        key = tuple(map(id, parts))
        if key not in self._made:
            self._made[key] = parts, make()
        return self._made[key][1]

    def given(self, formula: Callable, probe: Probe) -> Observations | Raised:
        """What the probe's observer makes of a formula."""
        return self._look(formula, probe, probe.observe)

    def glance(self, formula: Callable, probe: Probe) -> Observations | Raised:
        """What a glance at a formula shows."""
        return self._look(formula, probe, probe.glance)

    def _look(self, formula, probe, observe):
        key = id(formula), id(probe), observe is probe.glance
        if key not in self._given:
            with own_draws():
                looking = replace(probe, observe=observe)
                self._given[key] = formula, attempt(looking, formula, self.inputs(probe))
        return self._given[key][1]

    def expected(
        self, formula: Callable, probe: Probe, laws: Mapping[str, Any]
    ) -> Observations | Raised:
        """What an answer with the formula's mistake gives; laws: of what the mistake draws."""
        key = id(formula), id(probe), id(laws)
        if key not in self._expected:  # the look at the formula keeps it
            self._expected[key] = laws, self._make_expected(formula, probe, laws)
        return self._expected[key][1]

    def _make_expected(self, formula, probe, laws):
        expected = self.given(formula, probe)
        if isinstance(expected, Raised):
            return expected
        expected = dict(expected)
        for name, law in self.laws(probe).items():
            numbers = as_numbers(expected.get(name))
            if isinstance(law, Distribution):
                expected[name] = laws.get(name) or LikeSample(law, expected.get(name))
            elif isinstance(law, Estimate) and numbers is not None:
                # A formula may give more or fewer numbers than there are deviations for.
                if law.deviation.numel() in (1, numbers.numel()):
                    expected[name] = Estimate(numbers, law.deviation)
        return expected

    def is_right(self, formula: Callable, probe: Probe) -> bool:
        """Whether the formula gives what the oracle gives, or what a law asks for."""
        key = id(formula), id(probe)
        if key not in self._right:  # a look at the formula keeps it
            self._right[key] = self._looks_right(formula, probe) and (
                next(self.errors(formula, probe), None) is None
            )
        return self._right[key]

    def _looks_right(self, formula, probe):
        """False where a glance is enough to tell the formula from the truth."""
        if probe.glance is None:
            return True
        truth, given = self.glance(self.oracle, probe), self.glance(formula, probe)
        return isinstance(truth, Raised) or not any(differing(truth, given, self.tolerance))

    def errors(self, formula: Callable, probe: Probe) -> Iterator[str]:
        """The observations in which the formula differs from the truth."""
        given, truth = self.given(formula, probe), self.given(self.oracle, probe)
        if not isinstance(truth, Raised):
            truth = dict(truth) | self.laws(probe)
        return differing(given, truth, self.tolerance)


_kept: OrderedDict[Hashable, Ours] = OrderedDict()


def kept(exercise: Exercise, seed: int, draw: Callable[[], Any]) -> Ours:
    """What is kept of an exercise under a seed; draw: gives its probes with their inputs."""
    key = (
        *(tuple(map(id, exercise.probes)), id(exercise.oracle), exercise.tolerance),
        *(seed, torch.get_default_dtype()),
    )
    if key not in _kept:
        _kept[key] = Ours(exercise, draw())
        while len(_kept) > KEPT:
            _kept.popitem(last=False)
    _kept.move_to_end(key)
    return _kept[key]
