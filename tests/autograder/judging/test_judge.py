"""The verdicts of judge(): six kinds, none of them an exception."""

import contextlib
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
    judgement,
    observers,
    require_right,
)
from autograder.judging.exercise import Remark
from autograder.judging.judgement import DRAWS, as_student_gets, drawn_probes
from autograder.judging.setting import setting
from autograder.judging.time_limit import TimedOut
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


def test_details_are_short():
    """For a teacher: four numbers of many, six digits, the start of a text."""
    seen = {
        "many": torch.tensor([1 / 3, 2.0, 3.0, 4.0, 5.0]),
        "four": torch.tensor([[1.0, 2.0], [3.0, 4.0]]).requires_grad_(),
        "one": torch.tensor([0.25]),
        "text": "x" * 300,
    }
    zeros = {name: torch.zeros_like(each) if name != "text" else "" for name, each in seen.items()}
    look = Probe("p", lambda g: {}, lambda call, inputs: call())
    exercise = replace(scaling([look]), oracle=lambda: zeros)
    got = {row[1]: row[3] for row in judge(exercise, lambda: seen).details}
    assert got == {
        "many": "[0.333333, 2, 3, 4, ...]",
        "four": "[1, 2, 3, 4]",
        "one": "0.25",
        "text": "x" * 200,
    }


def test_whoever_gives_none_wherever_a_value_is_asked_for_is_told_so():
    verdict = judge(scaling([PLAIN, replace(PLAIN)]), lambda x: None)
    assert (verdict.misconception, verdict.status) == ("returns None", Status.WRONG)
    assert verdict.details == (("every probe", "what is returned", "a value", "None"),)
    first = iter((None, 1.0))
    assert judge(scaling([PLAIN, replace(PLAIN)]), lambda x: next(first)).misconception is None

    def changed(call, inputs):
        given = inputs["x"].clone()
        call(given)
        return {"changed": given}

    def double(x):
        x.mul_(2)

    in_place = replace(scaling([replace(PLAIN, observe=changed)]), oracle=double)
    assert judge(in_place, double).is_right
    assert judge(in_place, lambda x: None).misconception is None  # so does a right one


def test_remarks_are_said_of_what_shows():
    def look(call, inputs):
        return {"value": call(inputs["x"]), "odd": True, "even": 1, "late": inputs["x"].sum() > 0}

    remarks = tuple(Remark(name, f"It is {name}.") for name in ("odd", "even", "none"))
    exercise = scaling([replace(PLAIN, observe=look)], remarks=(*remarks, Remark("odd", "So.")))
    exercise = replace(exercise, oracle=lambda x: 2 * x)
    verdict = judge(exercise, lambda x: 2 * x)
    assert verdict.message == "right. It is odd. So."
    assert "odd" not in judge(exercise, lambda x: 3 * x).message


def test_the_salt_of_a_run_decides_the_inputs_and_a_seed_more():
    def first(salt, which="gan-mnist.twice", **options):
        with setting(salt=salt):
            ((_, inputs),) = drawn_probes(replace(scaling([PLAIN]), id=which), **options)
        return inputs["x"].tolist()

    assert first("a") == first("a") != first("b") != first("")
    assert first("a") != first("a", "gan-mnist.other")
    assert first("a", seed=3) == first("b", seed=3)


def test_inputs_on_which_right_and_wrong_do_not_differ_are_drawn_anew():
    asked = []

    def tells(oracle, inputs):
        asked.append(oracle)
        torch.rand(1)  # what a look draws is none of the student's numbers
        return bool(inputs["x"].min() > 0.3)

    absolute = replace(scaling([PLAIN]), oracle=lambda x: x)
    telling = replace(absolute, probes=(replace(PLAIN, tells=tells),))
    torch.manual_seed(1)
    drawn = [drawn_probes(telling, seed)[0][1]["x"] for seed in range(20)]
    assert all(x.min() > 0.3 for x in drawn) and set(asked) == {telling.oracle}
    assert torch.equal(drawn[3], drawn_probes(telling, 3)[0][1]["x"])
    after = torch.rand(1)
    torch.manual_seed(1)
    assert torch.equal(torch.rand(1), after)
    assert any(drawn_probes(absolute, seed)[0][1]["x"].min() < 0.3 for seed in range(20))


def test_inputs_that_never_tell_are_taken_after_some_draws():
    asked = []
    probe = replace(PLAIN, tells=lambda oracle, inputs: asked.append(1))
    assert drawn_probes(scaling([probe]), 1) and len(asked) == DRAWS


@pytest.mark.parametrize(
    ("value", "kind"), [((1, 2), tuple), ([1, 2], list), ({"a": 1}, dict), ("ab", str), (3, int)]
)
def test_what_a_student_gets_is_of_the_kind_that_was_drawn(value, kind):
    assert as_student_gets(value) == value and type(as_student_gets(value)) is kind


def test_a_student_gets_the_default_type_of_the_moment():
    torch.set_default_dtype(torch.float64)
    try:
        assert as_student_gets(torch.ones(1)).dtype == torch.float64
    finally:
        torch.set_default_dtype(torch.float32)
    assert as_student_gets(torch.ones(1).double()).dtype == torch.float32


class Silent:
    """A subject that does not answer within `limit`; asked: for how long it was waited."""

    def __init__(self):
        self.asked = []

    @contextlib.contextmanager
    def time_limit(self, seconds):
        self.asked.append(seconds)
        raise TimedOut
        yield


@pytest.mark.parametrize(
    ("options", "asked", "told"),
    [({}, 60.0, "0.3"), ({"seconds": 5.0}, 5.0, "0.3"), ({"seconds": 0.2}, 0.2, "0.2")],
)
def test_how_long_was_waited_is_told_also_where_a_limit_around_it_came_first(
    monkeypatch, options, asked, told
):
    clock = iter((5.0, 5.26))
    monkeypatch.setattr(judgement.time, "monotonic", lambda: next(clock))
    subject = Silent()
    verdict = judge(scaling([PLAIN]), subject, **options)
    assert verdict == Verdict(
        "gan-mnist.twice",
        Status.TIMED_OUT,
        f"no answer within {told} s: is there a loop that does not end?",
    )
    assert subject.asked == [asked]


def test_the_lines_of_an_error_are_88_wide_and_indented():
    error = NotRight(Verdict("a.loss", Status.WRONG, "word " * 60))
    first, *others = error._render_traceback_()
    assert first.startswith("✗ loss: word word") and len(others) > 2
    assert 84 <= len(first) <= 88 and max(map(len, others)) <= 88
    assert all(line.startswith("  word") for line in others)


def test_a_number_that_may_be_said_has_its_thousands_apart():
    def look(call, inputs):
        return {"count": call(inputs["x"]), "size": 3.0}

    exercise = scaling([replace(PLAIN, observe=look)], open=("count",))
    exercise = replace(exercise, oracle=lambda x: 12_345)
    for got, came in ((10_000, "10,000"), (2.5, "2.5"), ("many", "many"), (None, "None")):
        verdict = judge(exercise, lambda x, got=got: got)
        if got is not None:
            assert verdict.message == f"With plain, count: {came} where 12,345 is right."
    closed = replace(exercise, open=())
    assert "12,345" not in judge(closed, lambda x: 10_000).message


def test_an_oracle_that_fails_on_what_an_answer_returns_is_no_verdict():
    verdict = judge(replace(scaling([PLAIN]), also_right=(lambda x: 1 / 0,)), lambda x: 3 * x)
    assert verdict.status is Status.COULD_NOT_BE_JUDGED
    assert verdict.message == (
        "the check itself failed (plain: ZeroDivisionError: division by zero); tell the course "
        "staff"
    )
