"""A right answer that a GPU would refuse gets a remark; nothing else changes."""

from dataclasses import replace

import pytest
import torch

from autograder.judging import CHECKS_PACKAGE, Exercise, Misconception, Probe, judge, observers
from autograder.judging.probes import together, uniform

EXERCISE = Exercise(
    id="tiny.shifted",
    truth="x + 1",
    source="none",
    points=1,
    probes=(
        Probe("a row", together(x=uniform(-1, 1, 5)), observers.value),
        Probe("another row", together(x=uniform(-1, 1, 3)), observers.value),
    ),
    oracle=lambda x: x + 1,
    misconceptions=(Misconception("minus", "Plus, not minus.", (lambda x: x - 1,)),),
)


def answer(code):
    """A student's function, from a file that is not ours."""
    namespace = {"torch": torch}
    exec(compile(code, "<answer>", "exec"), namespace)
    return namespace["shifted"]


GOOD = answer("def shifted(x):\n    return x + torch.ones_like(x)\n")
ON_CPU = answer("def shifted(x):\n    return x + torch.ones(len(x))\n")
WRONG = answer("def shifted(x):\n    return x - torch.ones(len(x))\n")
ONCE = answer(
    "calls = []\n"
    "def shifted(x):\n"
    "    calls.append(x)\n"
    "    if len(calls) > 2:\n"
    "        raise ValueError('a third call')\n"
    "    return x + torch.ones(len(x))\n"
)


def test_a_right_answer_that_a_gpu_would_refuse_gets_a_remark():
    verdict = judge(EXERCISE, ON_CPU)
    assert verdict.is_right
    assert verdict.message.startswith("right. On a GPU it would fail: torch.ones in line 2")


def test_a_right_answer_that_asks_for_a_gpu_by_itself_gets_a_remark():
    asks = answer(
        "def shifted(x):\n"
        "    device = 'cuda' if torch.cuda.is_available() else 'cpu'\n"
        "    return x + torch.ones_like(x).to(x.device)\n"
    )
    assert judge(EXERCISE, asks).message.startswith("right. It asks for a GPU by itself")


@pytest.mark.parametrize("subject", [GOOD, ONCE])
def test_a_good_answer_and_one_that_breaks_off_when_asked_again_get_none(subject):
    assert judge(EXERCISE, subject).message == "right"


def test_a_wrong_answer_is_told_of_its_mistake_alone():
    assert judge(EXERCISE, WRONG).misconception == "minus"
    assert "GPU" not in judge(EXERCISE, WRONG).message


def test_an_exercise_that_stays_on_the_cpu_has_no_such_remark():
    assert judge(replace(EXERCISE, on_gpu=False), ON_CPU).message == "right"


def test_the_checks_own_tensors_are_not_the_students():
    code = "def observe(call, inputs): return {'value': call(inputs['x'] + torch.zeros(5))}"
    namespace = {"torch": torch, "__name__": f"{CHECKS_PACKAGE}tiny"}
    exec(code, namespace)
    probe = replace(EXERCISE.probes[0], observe=namespace["observe"])
    assert judge(replace(EXERCISE, probes=(probe,)), GOOD).message == "right"


def test_what_an_answer_draws_next_does_not_change():
    torch.manual_seed(5)
    judge(EXERCISE, answer("def shifted(x):\n    torch.rand(1)\n    return x + 1\n"))
    after = torch.rand(1)
    torch.manual_seed(5)
    torch.rand(2)
    assert torch.equal(after, torch.rand(1))
