"""The verdicts of judge(): six kinds, none of them an exception."""

from dataclasses import replace

import numpy
import pytest
import torch

import autograder
from autograder.judging import (
    Exercise,
    Misconception,
    NotRight,
    Probe,
    Status,
    Verdict,
    judge,
    observers,
    require_right,
)
from autograder.judging.judgement import as_student_gets
from autograder.oracles import logit_losses
from helpers.errors import CourseError
from tests.own_course import find

EXERCISE = find("gan-mnist.generator_loss")


def softplus(logits_fake):
    return torch.nn.functional.softplus(-logits_fake).mean()


def in_numpy(logits_fake):
    return numpy.logaddexp(0, -logits_fake.detach().numpy()).mean()


def subclassed(logits_fake):
    class Mine(torch.Tensor):
        pass

    return softplus(logits_fake).as_subclass(Mine)


def table(logits_fake):
    h = -logits_fake.reshape(-1)
    return torch.nn.functional.softplus(h[:, None] + 0 * h[None, :])


@pytest.mark.parametrize("answer", [softplus, subclassed])
def test_right(answer):
    verdict = judge(EXERCISE, answer)
    assert verdict == Verdict("gan-mnist.generator_loss", Status.RIGHT, "right")
    assert verdict.is_right


@pytest.mark.parametrize(
    "answer, words",
    [
        (lambda f: softplus(f) if f.dim() == 1 else None, "value: None (is a return missing?)"),
        (lambda f: 1.0, "value: another number than the right one"),
        (lambda f: softplus(f).item(), "no gradient with respect to logits_fake"),
        (in_numpy, "no gradient with respect to logits_fake"),
        (lambda f: softplus(f) * torch.nan, "not finite"),
        (lambda f: [softplus(f)], "something of type list"),
        (table, "(N, N) table"),
        (lambda f: softplus(f) + 1j, "torch.complex64"),
    ],
)
def test_wrong(answer, words):
    verdict = judge(replace(EXERCISE, misconceptions=()), answer)
    assert (verdict.status, verdict.misconception) == (Status.WRONG, None)
    assert words in verdict.message


def test_wrong_with_a_name_and_details_for_the_teacher():
    verdict = judge(EXERCISE, logit_losses.minimax_generator_loss)
    assert (verdict.status, verdict.misconception) == (Status.WRONG, "the minimax form")
    assert verdict.message.startswith("the minimax form. Minimising log(1 - D(G(z))) saturates")
    probe, observation, expected, got = verdict.details[0]
    assert (probe, observation) == ("inputs of shape (N,)", "value")
    assert float(expected) > 0 > float(got)


class Unusual(BaseException):
    pass


@pytest.mark.parametrize(
    "error, words",
    [
        (NameError("name 'f' is not defined"), "it raised NameError"),
        (NotImplementedError("later"), "NotImplementedError (line"),
        (SystemExit(0), "it raised SystemExit"),
        (KeyboardInterrupt(), "it raised KeyboardInterrupt"),
        (Unusual("stop"), "it raised Unusual"),
        (RecursionError(), "it raised RecursionError"),
    ],
)
def test_raised(error, words):
    def answer(logits_fake):
        raise error

    verdict = judge(EXERCISE, answer)
    assert (verdict.status, verdict.misconception) == (Status.RAISED, None)
    assert words in verdict.message


@pytest.mark.parametrize("subject", [3, None, "generator_loss"])
def test_what_cannot_be_called(subject):
    verdict = judge(EXERCISE, subject)
    assert verdict.status is Status.RAISED
    assert "not callable" in verdict.message


def test_another_signature():
    verdict = judge(EXERCISE, lambda: 0)
    assert verdict.status is Status.RAISED
    assert "positional argument" in verdict.message


def endless(logits_fake):
    while True:
        pass


def endless_and_deaf(logits_fake):
    while True:
        try:
            endless(logits_fake)
        except Exception:
            pass


@pytest.mark.parametrize("answer", [endless, endless_and_deaf])
def test_timed_out(answer):
    verdict = judge(EXERCISE, answer, seconds=0.3)
    assert verdict.status is Status.TIMED_OUT
    assert "0.3 s" in verdict.message
    assert judge(EXERCISE, softplus).is_right  # and the next one is judged as ever


def stub(logits_fake):
    raise NotImplementedError()


def half_a_stub(logits_fake):
    if logits_fake.dim() == 2:
        raise NotImplementedError
    return softplus(logits_fake)


@pytest.mark.parametrize("answer", [stub, half_a_stub])
def test_not_attempted(answer):
    assert judge(EXERCISE, answer).status is Status.NOT_ATTEMPTED


def test_could_not_be_judged():
    def broken(logits_fake):
        raise ZeroDivisionError("oracle")

    verdict = judge(replace(EXERCISE, oracle=broken), softplus)
    assert verdict.status is Status.COULD_NOT_BE_JUDGED
    assert "ZeroDivisionError: oracle" in verdict.message
    assert "course staff" in verdict.message


def scaling(probes, **options):
    """A small exercise: twice x."""
    return Exercise(
        "gan-mnist.twice",
        "2x",
        "a test",
        1,
        tuple(probes),
        lambda x: 2 * x,
        **{"misconceptions": (), **options},
    )


def draw(g):
    return {"x": torch.rand(3, generator=g, dtype=torch.float64)}


PLAIN = Probe("plain", draw, observers.value)


def test_inputs_belong_to_the_exercise_or_to_the_seed():
    def inputs_of(**options):
        seen = []
        judge(scaling([PLAIN]), lambda x: seen.append(x) or 2 * x, **options)
        return seen[0]

    assert torch.equal(inputs_of(), inputs_of())
    assert torch.equal(inputs_of(seed=3), inputs_of(seed=3))
    assert not torch.equal(inputs_of(seed=3), inputs_of(seed=4))
    assert not torch.equal(inputs_of(), inputs_of(seed=3))


def test_a_student_gets_float32_wherever_a_tensor_stands():
    x = torch.rand(2, dtype=torch.float64)
    got = as_student_gets({"x": x, "pairs": [(x, 3)], "k": 1})
    assert got["x"].dtype is got["pairs"][0][0].dtype is torch.float32
    assert (got["pairs"][0][1], got["k"]) == (3, 1)
    assert x.dtype is torch.float64


def test_what_a_student_does_to_an_input_reaches_nobody_else():
    probes = [PLAIN, replace(PLAIN)]  # both of one name
    assert judge(scaling(probes), lambda x: x.mul_(2)).is_right


def test_what_a_student_does_to_an_input_reaches_no_later_judgement():
    """Integers and networks are handed over as they are, and what is ours is kept."""
    whole = Probe(
        "whole numbers", lambda g: {"x": torch.randint(1, 9, (4,), generator=g)}, observers.value
    )
    exercise = scaling([whole])
    for _ in range(2):
        assert judge(exercise, lambda x: x.mul_(2)).is_right
        assert judge(exercise, lambda x: 2 * x).is_right
        assert not judge(exercise, lambda x: 4 * x).is_right


def test_what_is_ours_is_run_once_for_several_judgements():
    calls = []
    exercise = replace(scaling([PLAIN]), oracle=lambda x: calls.append(x) or 2 * x)
    for factor in (2, 3, 2):
        assert judge(exercise, lambda x, factor=factor: factor * x).is_right == (factor == 2)
    assert len(calls) == 1
    judge(exercise, lambda x: 2 * x, seed=5)
    assert len(calls) == 2


def test_a_probe_listed_twice_is_refused():
    with pytest.raises(ValueError, match="gan-mnist.twice: a probe is listed twice"):
        scaling([PLAIN, PLAIN])


def test_another_convention_is_right_as_a_whole_and_not_mixed():
    second = Probe("second", draw, observers.value)
    exercise = scaling([PLAIN, second], also_right=(lambda x: 3 * x,))
    assert judge(exercise, lambda x: 2 * x).is_right
    assert judge(exercise, lambda x: 3 * x).is_right
    factors = iter((2, 3))
    assert not judge(exercise, lambda x: next(factors) * x).is_right


def test_a_misconception_is_known_from_its_own_probes():
    second = Probe("second", draw, observers.value)
    known = Misconception("tripled", "Twice, not three times.", (lambda x: 3 * x,), on=("plain",))
    factors = iter((3, 7))
    verdict = judge(scaling([PLAIN, second], misconceptions=(known,)), lambda x: next(factors) * x)
    assert verdict.misconception == "tripled"
    factors = iter((3, 7))
    everywhere = scaling([PLAIN, second], misconceptions=(replace(known, on=()),))
    assert judge(everywhere, lambda x: next(factors) * x).misconception is None


def test_an_exception_is_told_before_a_wrong_number():
    def answer(x, calls=[]):  # noqa: B006
        calls.append(x)
        if len(calls) == 2:
            raise IndexError("out of range")
        return x

    verdict = judge(scaling([PLAIN, Probe("second", draw, observers.value)]), answer)
    assert verdict.status is Status.RAISED
    assert verdict.message.startswith("With second, it raised IndexError (line")
    assert [row[0] for row in verdict.details] == ["plain", "second"]


def test_the_one_call_of_a_hidden_test():
    assert autograder.judge("gan-mnist.generator_loss", softplus).is_right
    assert autograder.judge("gan-mnist.generator_loss", softplus, seed=4).is_right
    with pytest.raises(NotRight, match="^generator_loss: negated") as caught:
        autograder.judge("gan-mnist.generator_loss", lambda f: -softplus(f))
    assert caught.value.verdict.misconception == "negated"
    shown = " ".join(map(str.strip, caught.value._render_traceback_()))
    assert shown == f"✗ {caught.value}"
    with pytest.raises(NotRight, match="generator_loss: the stub is still in place"):
        require_right(EXERCISE, stub)
    with pytest.raises(CourseError, match="no exercise 'gan-mnist.generator_los'"):
        autograder.judge("gan-mnist.generator_los", softplus)


def test_a_verdict_survives_as_a_row():
    verdict = judge(EXERCISE, logit_losses.minimax_generator_loss)
    row = verdict.as_row()
    assert row["verdict"] == "wrong" and row["name"] == "generator_loss"
    assert Verdict.from_row(row) == replace(verdict, details=())
