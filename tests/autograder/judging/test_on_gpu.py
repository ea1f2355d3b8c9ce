"""A right answer that a GPU would refuse gets a remark; nothing else changes."""

from dataclasses import replace

import pytest
import torch

from autograder.judging import (
    CHECKS_PACKAGE,
    Exercise,
    Misconception,
    Probe,
    judge,
    observers,
    on_gpu,
)
from autograder.judging.exercise import Remark
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


def counting(code):
    """An answer, and the list that its calls go into."""
    calls = []
    namespace = {"torch": torch, "calls": calls}
    exec(compile(code, "<answer>", "exec"), namespace)
    return namespace["shifted"], calls


MANY = Probe(
    "thirty rows",
    together(x=uniform(-1, 1, 5)),
    lambda call, inputs: {"value": sum(call(inputs["x"]) for _ in range(30))},
)


def test_a_remark_is_worth_twenty_calls():
    """However long they take, so that the same answer gets the same remark."""
    subject, calls = counting("def shifted(x):\n    calls.append(1)\n    return x + 1\n")
    inputs = MANY.draw(torch.Generator())
    assert on_gpu.problem_on_gpu(MANY, subject, inputs) == "" and len(calls) == 20
    late = "def shifted(x):\n    calls.append(1)\n    return x + torch.ones(5)\n"
    subject, calls = counting(late.replace("return", "if len(calls) < 20: return x\n    return"))
    told = on_gpu.problem_on_gpu(MANY, subject, inputs)
    assert told.startswith("On a GPU it would fail: torch.ones in line 4") and told.endswith(".")
    subject, calls = counting(late.replace("return", "if len(calls) < 21: return x\n    return"))
    assert on_gpu.problem_on_gpu(MANY, subject, inputs) == ""


class There:
    """A subject in a sandbox that says `problem`, or raises it."""

    def __init__(self, problem):
        self.problem, self.results = problem, []

    def _in_sandbox(self):
        return self

    def __call__(self, x):
        return x + 1

    def look(self):
        return on_gpu.Look(("a",), True, True)

    def problem_on_gpu(self, run):
        run()
        if isinstance(self.problem, Exception):
            raise self.problem
        return self.problem


@pytest.mark.parametrize(
    "problem, told",
    [
        ("torch.ones in line 2", "On a GPU it would fail: torch.ones in line 2."),
        ("", ""),
        (RuntimeError("the sandbox is gone"), ""),
    ],
)
def test_a_sandbox_is_asked_what_it_sees(problem, told):
    inputs = MANY.draw(torch.Generator())
    assert on_gpu.problem_on_gpu(MANY, There(problem), inputs) == told
    assert on_gpu.look_at(There(problem)) == (("a",), True, True)


def test_what_is_said_of_a_gpu_follows_what_else_is_said():
    verdict = judge(EXERCISE, There("torch.ones in line 2"))
    assert verdict.sentence == (
        f"{on_gpu.ASKS_FOR_IT} On a GPU it would fail: torch.ones in line 2."
    )
    told = Remark("it is kept", "It could be shorter.")
    observe = lambda call, inputs: {"value": call(inputs["x"]), "it is kept": True}  # noqa: E731
    probe = replace(EXERCISE.probes[0], observe=observe)
    verdict = judge(replace(EXERCISE, probes=(probe,), remarks=(told,)), There("it stays there"))
    assert verdict.sentence.startswith("It could be shorter. It asks for a GPU by itself")
    assert verdict.sentence.endswith("On a GPU it would fail: it stays there.")


def test_with_a_gpu_at_hand_asking_for_one_is_no_trouble(monkeypatch):
    asks = answer("def shifted(x):\n    return (x + 1).cuda()\n")
    plain = answer("def shifted(x):\n    return x + 1\n")
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert on_gpu.look_at(asks) == ((), True, False)
    assert on_gpu.look_at(plain) == ((), False, False)
    assert on_gpu.look_at(ON_CPU) == ((), False, True)
    assert on_gpu.look_at(torch.relu) == ((), False, True)  # its code cannot be seen
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    assert on_gpu.look_at(asks) == ((), False, False)


def test_code_that_makes_no_tensor_is_not_called_for_a_remark():
    for code, called in (
        ("x + 1", 2),
        ("x + torch.ones_like(x)", 2),
        ("x + torch.ones(len(x))", 3),
    ):
        subject, calls = counting(f"def shifted(x):\n    calls.append(1)\n    return {code}\n")
        assert judge(EXERCISE, subject).is_right and len(calls) == called
