"""Compare the oracle with torch, and the verdict on every answer with the expected one."""

from pathlib import Path

import pytest
import torch

from autograder.checks import answers, find
from autograder.judging import judge

from .. import oracles

ASSIGNMENT = Path(__file__).parents[2]
COURSE = ASSIGNMENT.parents[1]
EXERCISES = {each.id: each for each in find.of_assignment(COURSE, ASSIGNMENT.name).judged}


def test_the_entropy_is_that_of_torch():
    logits = torch.linspace(-20, 20, 81, dtype=torch.float64)
    expected = torch.distributions.Bernoulli(logits=logits).entropy()
    torch.testing.assert_close(oracles.bernoulli_entropy(logits), expected)


@pytest.mark.parametrize("seed", [None, 1, 2])
@pytest.mark.parametrize("answer", answers.of_assignment(COURSE, ASSIGNMENT.name), ids=str)
def test_every_answer_gets_the_expected_verdict(answer, seed):
    verdict = judge(EXERCISES[answer.exercise], answers.build(answer), seed=seed)
    assert (verdict.status, verdict.misconception) == (answer.verdict, answer.misconception)
