"""Right answers in the notebook: every cell that comes after them runs.

With another right answer to each exercise than the solution's: one run of each notebook by default,
runs with all of the bank by `make test-deep`, on the CPU and on a pretended second device.
"""

import os
import subprocess
import sys

import pytest

from tests import own_course
from tests.assignments import flow
from tests.lengths import first_and_rest

pytestmark = pytest.mark.slow
# At least as many as the most right answers that one exercise has.
MOST = max(
    len(answers) for name in own_course.ASSIGNMENTS for answers in flow.right_answers(name).values()
)


def flows(assignment, number, budget, device="real"):
    """What stops the notebook, as text; "" where every cell runs."""
    command = [sys.executable, "-m", "tests.assignments.flow", assignment, str(number)]
    ended = subprocess.run(
        [*command, "--device", device],
        cwd=own_course.ROOT,
        env=os.environ | {"COURSE_BUDGET": budget, "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
    )
    return ended.stdout + ended.stderr if ended.returncode else ""


@pytest.mark.parametrize("assignment", first_and_rest(own_course.ASSIGNMENTS))
def test_another_right_answer_to_each_exercise_flows(assignment):
    assert flows(assignment, 1, "graded") == ""


@pytest.mark.deep
@pytest.mark.parametrize("device", ["real", "pretended"])
@pytest.mark.parametrize("number", range(MOST))
@pytest.mark.parametrize("assignment", own_course.ASSIGNMENTS)
def test_every_right_answer_flows(assignment, number, device):
    most = max(map(len, flow.right_answers(assignment).values()))
    if number < most:  # else these answers have been seen
        assert flows(assignment, number, "quick", device) == ""


def test_an_answer_of_another_form_is_seen():
    """The run does stop where a given cell cannot use what an answer returns."""
    source = "def kl_divergence(mu, log_var):\n    return None"
    kind = type("Answer", (), {"source": source, "name": "kl_divergence"})
    assert "in <cell" in (flow.run("vae", {"kl_divergence": kind()}) or "")


def test_an_average_of_weights_can_be_kept_on_the_pretended_device():
    """Copied deeply, a network is where it was, and its weights are still parameters."""
    program = """
import copy, torch
from tests.assignments import pretended_device
pretended_device.pretend()
network = torch.nn.Linear(2, 1).to("cuda")
copied = copy.deepcopy(network)
(copied(torch.ones(1, 2, device="cuda")).sum()).backward()
assert [p.device.type for p in copied.parameters()] == ["cuda", "cuda"]
assert network.weight.grad is None and copied.weight.grad is not None
"""
    subprocess.run([sys.executable, "-c", program], cwd=own_course.ROOT, check=True)
