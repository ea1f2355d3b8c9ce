"""One subject against one exercise."""

import contextlib
import itertools
import textwrap
import time
import zlib
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

import torch

from autograder.judging.calls import Watched
from autograder.judging.compare import Raised, about, about_ours, attempt, mismatches, raised
from autograder.judging.diagnosis import Case, Diagnosis
from autograder.judging.exercise import Exercise, Inputs, Probe
from autograder.judging.on_gpu import ASKS_FOR_IT, look_at, problem_on_gpu
from autograder.judging.ours import kept
from autograder.judging.own_draws import own_draws
from autograder.judging.setting import current
from autograder.judging.time_limit import TimedOut, limit_of
from autograder.judging.verdict import Status, Verdict

SECONDS = 60.0
WIDTH = 88
# So often inputs are drawn until right and wrong differ on them. Of gan-mnist's convolutional
# discriminator 8 draws in 100 do: none of 200 once in ten million submissions.
DRAWS = 200
RETURNS_NONE = (
    "returns None",
    "The function gives None whatever it gets: a return is missing at its end.",
)


class NotRight(AssertionError):
    """Raised in a test cell; its text is what the student reads."""

    def __init__(self, verdict: Verdict) -> None:
        self.verdict = verdict
        super().__init__(f"{verdict.name}: {verdict.message}")

    def _render_traceback_(self):
        """What a notebook and a feedback page show instead of a traceback."""
        return textwrap.wrap(f"✗ {self}", WIDTH, subsequent_indent="  ")


def judge(
    exercise: Exercise, subject: Callable, *, seed: int | None = None, seconds: float = SECONDS
) -> Verdict:
    """exercise: an Exercise. subject: a callable. Returns a Verdict; never raises for the subject.

    seed: of the probe inputs; by default one that belongs to the exercise.
    seconds: time limit for all probes together.
    """
    drawn = [inputs for _, inputs in drawn_probes(exercise, seed)]
    ours = _ours(exercise, seed)
    watched = [Watched(subject) for _ in drawn]
    start = time.monotonic()
    try:
        with limit_of(subject)(seconds):
            observed = [
                attempt(probe, calls, as_student_gets(inputs))
                for probe, calls, inputs in zip(exercise.probes, watched, drawn, strict=True)
            ]
    except TimedOut:
        # A limit around this one may have come first.
        waited = min(seconds, round(time.monotonic() - start, 1))
        message = f"no answer within {waited:g} s: is there a loop that does not end?"
        return Verdict(exercise.id, Status.TIMED_OUT, message)
    except BaseException as error:  # SystemExit and its like, which attempt() lets through
        return Verdict(exercise.id, Status.RAISED, about(raised(error)))
    if Raised("NotImplementedError") in [_without_line(seen) for seen in observed]:
        return Verdict(exercise.id, Status.NOT_ATTEMPTED, "the stub is still in place")
    with own_draws():  # once for all formulas that are looked at
        verdict = _weigh(exercise, ours, observed, watched)
    if verdict.is_right:
        return _also_on_gpu(verdict, exercise, subject, drawn, seconds)
    return verdict


def fits(exercise: Exercise, subject: Callable) -> bool:
    """Whether a function of ours would be a right answer."""
    drawn = [inputs for _, inputs in drawn_probes(exercise)]
    ours = _ours(exercise)
    with own_draws():
        observed = [
            attempt(probe, subject, as_student_gets(inputs))
            for probe, inputs in zip(exercise.probes, drawn, strict=True)
        ]
    truths = (exercise.oracle, *exercise.also_right)
    return any(not any(_differences(exercise, each, ours, observed)) for each in truths)


def _also_on_gpu(verdict, exercise, subject, drawn, seconds):
    """The verdict of a right answer, with remarks about a GPU."""
    told = []
    with contextlib.suppress(TimedOut, Exception), limit_of(subject)(seconds):
        look = look_at(subject)
        told.append(ASKS_FOR_IT if look.asks_for_cuda else "")
        if exercise.on_gpu and look.may_make_on_cpu:
            first = as_student_gets(drawn[0])
            with own_draws():
                told.append(problem_on_gpu(exercise.probes[0], subject, first))
    if not any(told):
        return verdict
    return Verdict.right(exercise.id, " ".join(filter(None, (verdict.sentence, *told))))


def drawn_probes(exercise: Exercise, seed: int | None = None) -> list[tuple[Probe, Inputs]]:
    """(probe, inputs in float64) for each probe; by default from the exercise's own seed."""
    generator = torch.Generator().manual_seed(_seed(exercise, seed))
    return [(probe, _telling(exercise.oracle, probe, generator)) for probe in exercise.probes]


def _telling(oracle, probe, generator):
    """Inputs on which right and wrong differ: the first ones, where the probe does not ask."""
    for _ in range(DRAWS):
        inputs = probe.draw(generator)
        if probe.tells is None:
            break
        with own_draws():
            if probe.tells(oracle, inputs):
                break
    return inputs


def _seed(exercise, seed):
    return zlib.crc32((exercise.id + current().salt).encode()) if seed is None else seed


def _ours(exercise, seed=None):
    return kept(exercise, _seed(exercise, seed), lambda: drawn_probes(exercise, seed))


def _without_line(seen):
    """A stub raises NotImplementedError() with no text; torch's own has one."""
    return replace(seen, line=None, given="") if isinstance(seen, Raised) else seen


def as_student_gets(inputs: Any) -> Any:
    """The probe's float64 tensors in torch's default type, wherever they stand."""
    if isinstance(inputs, dict):
        return {name: as_student_gets(thing) for name, thing in inputs.items()}
    if isinstance(inputs, (list, tuple)):
        return type(inputs)(as_student_gets(thing) for thing in inputs)
    default = torch.get_default_dtype()
    return inputs.to(default) if isinstance(inputs, torch.Tensor) else inputs


def _weigh(exercise, ours, observed, watched):
    against_oracle: Iterable = ()
    try:
        if _gave_nothing(exercise, ours, watched):
            details = (("every probe", "what is returned", "a value", "None"),)
            return Verdict.named(exercise.id, Status.WRONG, RETURNS_NONE, details=details)
        for truth in (exercise.oracle, *exercise.also_right):
            differences = _differences(exercise, truth, ours, observed)
            first = next(differences, None)
            if first is None:
                return Verdict.right(exercise.id, _remarks(exercise, observed))
            if truth is exercise.oracle:
                against_oracle = itertools.chain([first], differences)
        rows = list(against_oracle)
    except _CheckFailed as failure:
        return _failed(exercise, failure)
    return _explain(exercise, ours, observed, rows)


class _CheckFailed(Exception):
    """A truth raised, or code of ours on what is as it was asked for; the text says where."""


def _failed(exercise, failure):
    message = f"the check itself failed ({failure}); tell the course staff"
    return Verdict(exercise.id, Status.COULD_NOT_BE_JUDGED, message)


def _gave_nothing(exercise, ours, watched):
    """Whether every call of the subject gave None, where those of the oracle do not."""
    if any(calls.something for calls in watched) or not any(calls.nothing for calls in watched):
        return False
    first = next(place for place, calls in enumerate(watched) if calls.nothing)
    return _watched_oracle(exercise, exercise.probes[first], ours).something > 0


def _watched_oracle(exercise, probe, ours):
    """The oracle, after the calls of one probe."""
    oracle = Watched(exercise.oracle)
    with own_draws():
        attempt(probe, oracle, ours.inputs(probe))
    return oracle


def _remarks(exercise, observed):
    """The remarks that fit a right answer."""
    shown = {name for seen in observed for name, value in seen.items() if value is True}
    return " ".join(remark.sentence for remark in exercise.remarks if remark.shows in shown)


def _differences(exercise, truth, ours, observed):
    """Each (probe, mismatch) against one truth, computed as it is asked for, probe by probe.

    Raises _CheckFailed where the truth itself raises.
    """
    for probe, seen in zip(exercise.probes, observed, strict=True):
        expected = ours.given(truth, probe)
        if isinstance(expected, Raised):
            raise _CheckFailed(f"{probe.name}: {expected.type}: {expected.message}")
        expected = expected | ours.laws(probe)
        for mismatch in mismatches(seen, expected, exercise.tolerance):
            yield probe, mismatch


def _explain(exercise, ours, observed, differences):
    raises = any(isinstance(seen, Raised) for seen in observed)
    status = Status.RAISED if raises else Status.WRONG
    details = tuple(
        (probe.name, miss.observation, _short(miss.expected), _short(miss.got))
        for probe, miss in differences
    )
    cases = [
        Case(probe, seen, tuple(miss for where, miss in differences if where is probe))
        for probe, seen in zip(exercise.probes, observed, strict=True)
    ]
    found = Diagnosis(exercise, cases, ours).explanation()
    if found.mistakes:
        known = [(mistake.name, mistake.sentence) for mistake in found.mistakes]
        return Verdict.named(exercise.id, status, *known, about=found.about, details=details)
    # An exception before any number: what comes after it is hardly worth reading.
    rows = [row for row in differences if row[1].observation in found.wrong] or differences
    probe, first = min(rows, key=lambda row: not isinstance(row[1].got, Raised))
    try:
        sentence = _sentence(exercise, probe, ours, first)
    except _CheckFailed as failure:
        return _failed(exercise, failure)
    message = f"With {probe.name}, {sentence}."
    if found.about:
        message = f"{found.about} {message}"
    return Verdict(exercise.id, status, message, details=details)


def _sentence(exercise, probe, ours, difference):
    """What is said of one difference."""
    got = difference.got
    if isinstance(got, Raised) and got.ours:
        sentence = about_ours(got, _watched_oracle(exercise, probe, ours))
        if sentence is None:
            raise _CheckFailed(f"{probe.name}: {got.type}: {got.message}")
        return sentence
    if difference.observation in exercise.open and isinstance(difference.expected, (int, float)):
        came = f"{got:,}" if isinstance(got, (int, float)) else got
        return f"{difference.observation}: {came} where {difference.expected:,} is right"
    return difference.sentence


def _short(value):
    if isinstance(value, torch.Tensor):
        value = value.detach().cpu().flatten()
        head = ", ".join(f"{number:.6g}" for number in value[:4].tolist())
        return f"[{head}{', ...' if len(value) > 4 else ''}]" if len(value) != 1 else head
    return str(value)[:200]
