"""What a GPU would refuse is told of answers in the sandbox as well; it costs nothing else."""

from dataclasses import replace

import pytest
import torch
from torch import nn

from autograder.judging import judge
from helpers import code_names
from tests.autograder.judging.test_on_gpu import EXERCISE
from tests.autograder.sandbox.remote_kernel import session_with
from tests.autograder.sandbox.test_remote_hostile import framed, session_with_peer

WITHOUT_GPU = "from autograder.sandbox.inside import cuda\ncuda.fall_back()\n"
ASKS = "right. It asks for a GPU by itself and was judged without one: use the device of its input."
FAILS = "right. On a GPU it would fail: "
MADE = (
    "torch.{} in line {} makes a tensor on the CPU, where it meets one of another device:"
    " use device=x.device."
)


def told(body, exercise=EXERCISE, before=WITHOUT_GPU):
    """The message about def shifted(x) in a kernel; its lines are counted from 1."""
    with session_with(f"{before}exec(compile({body!r}, '/tmp/cell.py', 'exec'))") as session:
        return judge(exercise, session.subject("shifted")).message


SEEN = {
    "a factory": ("return x + torch.ones(len(x))", FAILS + MADE.format("ones", 2)),
    "an alias": ("from torch import ones\n    return x + ones(len(x))",
                 FAILS + MADE.format("ones", 3)),
    "behind a helper": ("return x + one(x)\ndef one(x):\n    return torch.full((len(x),), 1.0)",
                        FAILS + MADE.format("full", 4)),
    "numpy": ("return torch.as_tensor(x.numpy() + 1)", FAILS + "line 2 turns a tensor into a NumPy"
              " array, which works on the CPU only: stay with torch, or take .detach().cpu()"
              " first."),
    "cuda": ("return x.cuda() + 1", ASKS),
    "to": ("return x.to('cuda') + 1", ASKS),
    "both": ("return x.cuda() + torch.ones(len(x), device='cuda')", ASKS),
    "mixed": ("return x.cuda() + torch.ones(len(x))",
              f"{ASKS} {FAILS.removeprefix('right. ')}{MADE.format('ones', 2)}"),
    "a layer": ("net = torch.nn.Linear(1, 1).to('cuda')\n    return x + 1 + 0 * net.weight.sum()",
                ASKS),
    "alike": ("return x + torch.ones_like(x)", "right"),
    "on its device": ("return x + torch.ones(len(x), device=x.device)", "right"),
    "a number": ("return x + 1", "right"),
}  # fmt: skip


@pytest.mark.parametrize("case", SEEN)
def test_it_is_told_as_in_one_process(case):
    body, message = SEEN[case]
    assert told(f"def shifted(x):\n    {body}\n") == message


def test_an_exercise_that_stays_on_the_cpu_has_no_such_remark():
    body = "def shifted(x):\n    return x + torch.ones(len(x))\n"
    assert told(body, replace(EXERCISE, on_gpu=False)) == "right"


NETWORK = """
def shifted(x):
    y = x + torch.zeros(len(x), device=x.device)
    return model(torch.ones_like(y)) + y
"""


def test_what_a_network_of_the_test_computes_is_on_the_gpu():
    observe = EXERCISE.probes[0].observe

    class One(nn.Module):
        def forward(self, x):
            return x

    def through(call, inputs):
        return observe(lambda x: call(x, One()), inputs)

    exercise = replace(EXERCISE, probes=(replace(EXERCISE.probes[0], observe=through),),
                       oracle=lambda x, model: x + 1)  # fmt: skip
    assert told(NETWORK.replace("shifted(x)", "shifted(x, model)"), exercise) == "right"


DRAWS = """
import random
import numpy as np
def shifted(x):
    torch.rand(1), np.random.rand(), random.random()
    return x + torch.ones(len(x), device=x.device)
def state():
    return torch.get_rng_state().tolist()[:50], random.getstate()[1][:50], np.random.rand()
"""


def test_what_is_drawn_next_and_torch_itself_are_as_before():
    with session_with(WITHOUT_GPU + DRAWS) as session:
        subject = session.subject("shifted")
        torch.manual_seed(3)
        subject(torch.ones(2))
        drawn = torch.rand(1)
        before = session.subject("state")()
        session.problem_on_gpu(lambda: subject(torch.ones(2)))
        after = session.subject("state")()
        assert before[:2] == after[:2] and drawn is not None
        assert subject(torch.ones(2).cpu()).device.type == "cpu"


@pytest.mark.parametrize(
    "forged",
    ["<b>full marks</b>", "a\nb", "x" * 301, "[full](https://marks)", "", None, 5, ["x"],
     "\u202ex", "`x`", {"a": 1}],
)  # fmt: skip
def test_a_forged_remark_is_no_remark(forged):
    def reply(header, sock):
        sock.sendall(framed({"answer": header["ask"], "body": forged}))

    with session_with_peer(reply) as session:
        assert session.problem_on_gpu(lambda: None) == ""


@pytest.mark.parametrize(
    "forged",
    [
        None,
        3,
        [],
        {"called": "f"},
        {"called": 5, "cuda": "yes", "cpu": 1},
        {"called": [[], "exit"]},
    ],
)
def test_a_forged_look_names_nothing_that_was_not_asked_for(forged):
    def reply(header, sock):
        sock.sendall(framed({"answer": header["ask"], "body": forged}))

    with session_with_peer(reply) as session:
        assert session.look("s0", ["f"]) == ((), False, False)


def test_the_code_that_is_used_is_found():
    source = """
import torch
from torch.nn import Linear
def helper(x): return inner(x)
def inner(x): return torch.rand(3)
@torch.no_grad()
def decorated(x): return helper(x)
class Net(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = Linear(2, 2)
    @property
    def size(self): return helper(1)
    @staticmethod
    def plain(): return inner(1)
"""
    names = {}
    exec(compile(source, "/tmp/cell.py", "exec"), names)
    wanted = ["inner", "helper", "Linear"]
    assert code_names.called(names["decorated"], wanted, names) == ["inner", "helper"]
    assert code_names.called(names["Net"], wanted, names) == wanted
    assert code_names.called(len, wanted, names) == []
    assert code_names.may_make_on_cpu(code_names.codes_of(names["decorated"], names))
    # Nothing that torch's own code does is the student's.
    codes = code_names.codes_of(names["Net"], {"Linear": names["Linear"]})
    assert not code_names.may_make_on_cpu(codes) and not code_names.asks_for_cuda(codes)
