"""Why an answer is wrong: mistakes with a name that together give just what was seen.

A single misconception is looked for first, then two at once: one in each part of a loss, one
beside a transform such as "halved", one beside another that shows on other probes. The author of
an exercise states single mistakes; pairs are composed here. A name is given only where the formula,
composed or not, reproduces what was seen:
- everything on the probes from which the mistake is known;
- there, at least one observation that differs from the truth and is a number, a fact or an
  exception: nan reproduces nothing, and neither does a None;
- for a composition, at least NUMBERS such numbers, as many pairs are tried.
"""

import functools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import torch

from autograder.judging.compare import Difference, Raised, differing
from autograder.judging.exercise import Exercise, Misconception, Observations, Part, Probe
from autograder.judging.numbers import as_numbers
from autograder.judging.ours import Ours

# Fewer numbers may agree with one of some hundred compositions by chance.
NUMBERS = 3
# Of a mistake that says nothing about what it draws.
NO_LAWS: dict[str, Any] = {}


@dataclass(frozen=True)
class Case:
    """A probe, what was seen of the subject on it, and how that differs from the truth."""

    probe: Probe
    seen: Observations | Raised
    differences: tuple[Difference, ...]

    @functools.cached_property
    def failing(self) -> set[str]:
        return {difference.observation for difference in self.differences}

    @functools.cached_property
    def weights(self) -> dict[str, int]:
        """How many numbers or facts were seen under each name that fails."""
        return {name: _weight(self, name) for name in self.failing}

    def value(self, name: str) -> Any:
        """What was seen under a name; None where the call raised."""
        return None if isinstance(self.seen, Raised) else self.seen.get(name)


@dataclass(frozen=True)
class Explanation:
    """mistakes: what was recognised. about: which part is right, in a sentence or more.

    wrong: without mistakes, the observations of the parts that are wrong.
    """

    mistakes: tuple[Misconception, ...] = ()
    about: str = ""
    wrong: frozenset[str] = frozenset()


class Diagnosis:
    """A wrong answer to an exercise, in cases; ours: what formulas give there.

    Formulas are many and searches overlap: whatever is found out about one is kept.
    """

    def __init__(self, exercise: Exercise, cases: Sequence[Case], ours: Ours) -> None:
        self.exercise, self.cases, self.ours = exercise, tuple(cases), ours
        self._alike: dict[tuple[int, str, int, tuple[str, ...]], bool] = {}
        self._different: dict[tuple[int, str, tuple[str, ...]], bool] = {}
        self._shown: dict[int, set[str]] = {}

    def explanation(self) -> Explanation:
        """The mistakes that together explain what was seen; none where no formula fits."""
        about, wrong = self._parts_in_words()
        # Code for one shape alone leaves the others to be judged by.
        without = [m for m in self.exercise.misconceptions if m.fails_on and self._fails(m)]
        for place in (None, *without):
            hidden = place.fails_on if place else ()
            cases = tuple(case for case in self.cases if case.probe.name not in hidden)
            if place and not any(case.failing for case in cases):
                break
            for search in (self._single, self._in_parts, self._composed):
                found = search(cases)
                if found:
                    return Explanation((*found, place) if place else found, about)
        return Explanation((), about, wrong)

    # What a formula gives, and whether that is what was seen.

    def _reproduces(
        self, formula: Callable, cases: Sequence[Case], laws: Any = None, only: Sequence[str] = ()
    ) -> bool:
        """Whether the formula gives what was seen in each case; only: of these observations."""
        if any(self._looks_different(formula, case, only) for case in cases):
            return False
        return all(self._is_alike(formula, case, laws or NO_LAWS, only) for case in cases)

    def _is_alike(self, formula, case, laws, only):
        key = id(formula), case.probe.name, id(laws), tuple(only)
        if key not in self._alike:
            expected = self.ours.expected(formula, case.probe, laws)
            self._alike[key] = self._agree(case.seen, _of(expected, only))
        return self._alike[key]

    def _agree(self, seen, expected):
        return next(differing(seen, expected, self.exercise.tolerance), None) is None

    def _looks_different(self, formula, case, only):
        """Whether a glance is enough to tell the formula from what was seen."""
        if case.probe.glance is None or isinstance(case.seen, Raised):
            return False
        key = id(formula), case.probe.name, tuple(only)
        if key not in self._different:
            glance = self.ours.glance(formula, case.probe)
            self._different[key] = not self._agree(case.seen, _of(glance, only))
        return self._different[key]

    def _evidence(self, cases: Sequence[Case], only: Sequence[str] = ()) -> int:
        """How many numbers and facts that differ from the truth there are to reproduce."""
        return sum(
            weight
            for case in cases
            for name, weight in case.weights.items()
            if not only or name in only
        )

    def _known_from(self, known: Misconception, cases: Sequence[Case]) -> tuple[Case, ...]:
        return tuple(case for case in cases if not known.on or case.probe.name in known.on)

    # Mistakes that are known by where they show.

    def _fails(self, known: Misconception) -> bool:
        """Whether its first probe fails, in the way of a formula if it has any; others may fail."""
        names = known.fails_on
        found = [case for case in self.cases if case.probe.name in names and case.failing]
        if names[0] not in {case.probe.name for case in found}:
            return False
        return not known.formulas or any(self._reproduces(f, found) for f in known.formulas)

    def _shows_on(self, known: Misconception) -> set[str]:
        """The probes on which alone the mistake shows; none for a mistake that shows on `on`."""
        if id(known) not in self._shown:
            self._shown[id(known)] = self._where_it_shows(known)
        return self._shown[id(known)]

    def _where_it_shows(self, known):
        if known.fails_on:
            return set(known.fails_on)
        if not known.on:
            return set()
        inside = self._known_from(known, self.cases)
        outside = [case for case in self.cases if case not in inside]
        for formula in known.formulas:
            if inside and all(self.ours.is_right(formula, case.probe) for case in inside):
                return {
                    case.probe.name
                    for case in outside
                    if not self.ours.is_right(formula, case.probe)
                }
        return set()

    def _is_place(self, known: Misconception) -> bool:
        """Whether what is wrong is this alone: right where it is known, wrong where it shows."""
        shows = self._shows_on(known)
        if not shows or (known.fails_on and not self._fails(known)):
            return False
        inside = [
            case
            for case in self.cases
            if case.probe.name not in shows and (not known.on or case.probe.name in known.on)
        ]
        its = [case for case in self.cases if case.failing and case.probe.name in shows]
        return not any(case.failing for case in inside) and self._shows_in(known, its)

    def _shows_in(self, known: Misconception, its: Sequence[Case]) -> bool:
        """Whether an answer that fails where a mistake shows is wrong in some number of its."""
        return not all(self._is_right_there(known, case) for case in its)

    def _is_right_there(self, known, case):
        """Whether the answer is right in all numbers that the mistake's formulas get wrong."""
        truth, mine = self.ours.given(self.ours.oracle, case.probe), case.seen
        for formula in known.formulas:
            given = self.ours.given(formula, case.probe)
            if isinstance(truth, Raised) or isinstance(given, Raised) or isinstance(mine, Raised):
                return False
            for name in self.ours.errors(formula, case.probe):
                if self._both_err(truth.get(name), given.get(name), mine.get(name)):
                    return False
        return bool(known.formulas)

    def _both_err(self, truth, formula, answer):
        """Whether a formula and the answer are wrong in the same number, or cannot be compared."""
        right, *others = (as_numbers(each) for each in (truth, formula, answer))
        wrong = []
        for other in others:
            if right is None or other is None or other.numel() != right.numel():
                return True
            near = self.exercise.tolerance
            pair = other.flatten(), right.flatten()
            wrong.append(~torch.isclose(*pair, near.rtol, near.atol, equal_nan=True))
        return bool((wrong[0] & wrong[1]).any())

    # One mistake.

    def _single(self, cases: tuple[Case, ...]) -> tuple[Misconception, ...]:
        for known in self.exercise.misconceptions:
            if cases == self.cases and self._is_place(known):
                return (known, *self._beside(known, None, self._rest(known, None, cases)))
            relevant = self._known_from(known, cases)
            if not self._evidence(relevant):
                continue
            for formula in known.formulas:
                if self._reproduces(formula, relevant, known.laws):
                    found = self._with_others(known, formula, relevant, cases)
                    if found:
                        return found
        return ()

    def _with_others(self, known, formula, relevant, cases):
        """The mistake, and those that explain what fails elsewhere; () where nan contradicts it.

        The sentence also says where, if the formula does: the third layer, and no other.
        """
        rest = self._rest(known, formula, [case for case in cases if case not in relevant])
        found = (known, *self._beside(known, formula, rest))
        if len(found) == 1 and known.on and rest:
            others = self._in_parts(tuple(rest))
            found += tuple(other for other in others if other.name != known.name)
        # Facts alone may come from nan: "the noise is the same" of two that are nan.
        from_facts = not any(_numbers(case.value(n)) for case in relevant for n in case.failing)
        if len(found) == 1 and from_facts and any(self._is_contradicted(formula, c) for c in rest):
            return ()
        where = getattr(formula, "where", "")
        return (
            (replace(known, sentence=f"{known.sentence} {where}"), *found[1:]) if where else found
        )

    def _rest(self, known, formula, cases):
        """The failing cases that a mistake leaves unexplained."""
        shows = self._shows_on(known) if formula is None else set()
        return [
            case
            for case in cases
            if case.failing
            and case.probe.name not in shows
            and not (formula and self._reproduces(formula, [case], known.laws))
        ]

    def _is_contradicted(self, formula, case):
        """Whether draws fail, or numbers are missing, where the formula's are as they should be."""
        drawn = case.failing & set(self.ours.laws(case.probe))
        if drawn and drawn - set(self.ours.errors(formula, case.probe)):
            return True
        given = self.ours.given(formula, case.probe)
        if isinstance(given, Raised) or isinstance(case.seen, Raised):
            return False
        return any(
            _numbers(given.get(name)) and not _numbers(case.seen.get(name), finite=False)
            for name in case.failing
        )

    def _beside(self, known, formula, rest):
        """Mistakes that are known from the failing cases `rest` alone."""
        found, unexplained = [], {case.probe.name for case in rest}
        for other in self.exercise.misconceptions:
            # By name: a composition asks with a copy of one of them.
            if other.name == known.name or not rest or (other.fails_on and not self._fails(other)):
                continue
            names = {case.probe.name for case in rest}
            shows = self._shows_on(other)
            fits: bool
            if shows:
                its = [case for case in rest if case.probe.name in shows]
                # The formula of the first mistake would do better there, and it is not the
                # exception that is raised elsewhere, too; what it claims to be right is right.
                sane = formula is None or all(self._is_sane(formula, case) for case in its)
                fits = bool(its) and sane and not unexplained & set(other.on)
                fits = fits and (not other.fails_on or other.fails_on[0] in unexplained)
                fits = fits and not any(self._raised_outside(its, case) for case in its)
                fits = fits and self._shows_in(other, its)
            else:
                its = [case for case in rest if case.probe.name in other.on]
                fits = (
                    bool(other.on)
                    and set(other.on) <= names
                    and self._evidence(its) > 0
                    and any(self._reproduces(each, its, other.laws) for each in other.formulas)
                )
            if fits:
                found.append(other)
                rest = [case for case in rest if case not in its]
        return tuple(found)

    def _raised_outside(self, its, case):
        """Whether the same kind of exception is seen in a case that is none of `its`."""
        return isinstance(case.seen, Raised) and any(
            isinstance(other.seen, Raised) and other.seen.type == case.seen.type
            for other in self.cases
            if other not in its
        )

    def _is_sane(self, formula, case):
        given = self.ours.given(formula, case.probe)
        return not isinstance(given, Raised) and all(
            _numbers(given.get(name)) for name in case.failing if _is_numeric(given.get(name))
        )

    # Two mistakes in one formula.

    def _composed(self, cases: tuple[Case, ...]) -> tuple[Misconception, ...]:
        transforms = [(known, known.transform) for known in self.exercise.known if known.transform]
        in_parts: tuple[Misconception, ...] = ()
        for second, _ in transforms:
            in_parts = self._in_parts(cases, second)
            if in_parts:
                break
        # One mistake of the whole is more likely than one in each part.
        if in_parts and len(in_parts) <= 2:
            return in_parts
        for second, transform in transforms:
            for first in self.exercise.misconceptions:
                if first is second or self._shows_elsewhere(first, second, cases):
                    continue
                on = (*first.on, *second.on) if first.on and second.on else ()
                known = replace(first, on=on)
                relevant = self._known_from(known, cases)
                if self._evidence(relevant) < NUMBERS:
                    continue
                for formula in first.formulas:
                    both = self._transformed(transform, formula)
                    if self._reproduces(both, relevant, first.laws):
                        found = self._with_others(known, both, relevant, cases)
                        if found:
                            where = found[0].sentence
                            return (replace(first, sentence=where), second, *found[1:])
        return in_parts

    def _shows_elsewhere(self, first, second, cases):
        """Whether the first mistake would show on probes on which the second one alone fits."""
        shows = self._shows_on(first)
        its = [case for case in cases if case.probe.name in shows]
        if not its:
            return False
        return self._reproduces(self._transformed(second.transform, self.exercise.oracle), its)

    def _transformed(self, transform, formula):
        return self.ours.made((transform, formula), lambda: transform(formula))

    def _in_parts(
        self, cases: tuple[Case, ...], beside: Misconception | None = None
    ) -> tuple[Misconception, ...]:
        """A mistake in each part that is wrong; beside: a transform of the whole."""
        parts = self.exercise.parts
        if not parts:
            return ()
        if all(part.oracle is None for part in parts):
            return () if beside else self._in_results(cases)
        chosen: list[tuple[Misconception | None, Callable]] = []
        whole: list[Any] = [part.oracle for part in parts]
        for place, part in enumerate(parts):
            relevant = [case for case in cases if not part.on or case.probe.name in part.on]
            for known, formula in self._candidates(part):
                trial = self._sum([*whole[:place], formula, *whole[place + 1 :]], beside)
                if self._reproduces(trial, relevant, only=part.shows):
                    chosen.append((known, formula))
                    break
            else:
                return ()
        every = tuple(known for known, _ in chosen if known)
        on = {name for part in parts for name in part.on}
        relevant = [case for case in cases if not on or case.probe.name in on]
        total = self._sum([formula for _, formula in chosen], beside)
        if not every or self._evidence(relevant) < NUMBERS:
            return ()
        if not self._reproduces(total, relevant):
            return ()
        known = replace(every[0], on=tuple(on))
        found = self._with_others(known, total, relevant, cases)
        return (*every, *((beside,) if beside else ()), *found[1:]) if found else ()

    def _candidates(self, part: Part) -> Iterator[tuple[Misconception | None, Any]]:
        yield None, part.oracle
        for known in part.misconceptions:
            for formula in known.formulas:
                yield known, formula

    def _sum(self, terms, beside):
        """The sum of terms as one callable with the student's signature, transformed."""
        names = list(self.ours.inputs(self.cases[0].probe))
        places = [[names.index(name) for name in part.arguments] for part in self.exercise.parts]

        def total(*arguments):
            return sum(
                term(*(arguments[place] for place in mine))
                for term, mine in zip(terms, places, strict=True)
            )

        if beside is None:
            return self.ours.made(tuple(terms), lambda: total)
        return self.ours.made((*terms, beside.transform), lambda: beside.transform(total))

    def _in_results(self, cases):
        """A misconception of the exercise for each result that is wrong."""
        found: list[tuple[Misconception, Callable, Part]] = []
        used: list[Case] = []
        for part in self.exercise.parts:
            if not any(set(part.shows) & case.failing for case in cases):
                continue
            for known in self.exercise.misconceptions:
                relevant = self._known_from(known, cases)
                if self._evidence(relevant, part.shows) < NUMBERS:
                    continue
                fitting = (
                    formula
                    for formula in known.formulas
                    if self._reproduces(formula, relevant, only=part.shows)
                )
                if (formula := next(fitting, None)) is not None:
                    found.append((known, formula, part))
                    used += relevant
                    break
            else:
                return ()
        every = {name for part in self.exercise.parts for name in part.shows}
        if not found or any(case.failing - every for case in used):
            return ()

        def explained(case):
            shown = {name for _, _, part in found for name in part.shows}
            return (
                not isinstance(case.seen, Raised)
                and not case.failing - shown
                and all(
                    self._reproduces(formula, [case], only=part.shows) for _, formula, part in found
                )
            )

        rest = [case for case in cases if case.failing and case not in used and not explained(case)]
        once = {known.name: known for known, _, _ in found}  # one name in two results
        return (*once.values(), *self._beside(found[0][0], None, rest))

    def _parts_in_words(self) -> tuple[str, frozenset[str]]:
        """(which parts are right and which are not, what is observed of those that are not)."""
        failing = {name for case in self.cases for name in case.failing}
        wrong = [part for part in self.exercise.parts if failing & set(part.shows)]
        right = [part for part in self.exercise.parts if part not in wrong]
        if not wrong or not right:
            return "", frozenset()
        shows = frozenset(name for part in wrong for name in part.shows)
        return f"{_listed(right, 'right')}; {_listed(wrong, 'not')}.", shows


def _of(observed, only):
    """The observations under the names in `only`; all of them where it is empty."""
    if not only or isinstance(observed, Raised):
        return observed
    return {name: value for name, value in observed.items() if name in only}


def _listed(parts, verdict):
    names = " and ".join(part.name for part in parts)
    names = names[0].upper() + names[1:] if verdict == "right" else names
    return f"{names} {'is' if len(parts) == 1 else 'are'} {verdict}"


def _weight(case: Case, name: str) -> int:
    """How many numbers or facts were seen under a name; 0 for nan and None."""
    if isinstance(case.seen, Raised):
        return 1
    seen = case.seen.get(name)
    if seen is None:
        # A gradient that does not arrive is a fact where there is a value.
        arrives = name.startswith("gradient") and any(map(_numbers, case.seen.values()))
        return 1 if arrives else 0
    if not _is_numeric(seen):
        return 1
    numbers = as_numbers(seen)
    return _numbers(seen) or int(numbers is not None and bool(numbers.isinf().any()))


def _is_numeric(value: object) -> bool:
    return type(value) is not bool and as_numbers(value) is not None


def _numbers(value: object, finite: bool = True) -> int:
    """How many finite numbers a value holds; finite=False: 0 as soon as one of them is not."""
    numbers = as_numbers(value) if type(value) is not bool else None
    if numbers is None:
        return 0
    is_finite = torch.isfinite(numbers)
    if not finite and not is_finite.all():
        return 0
    return int(is_finite.sum())
