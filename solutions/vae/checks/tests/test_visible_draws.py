"""The visible checks of what is drawn: how seldom they fail a right answer."""

import contextlib
import io
import math
from collections import defaultdict

import numpy as np
import pytest
import torch
from scipy import stats

from autograder.course.course import Course, read_notebook
from helpers import expect
from tests import own_course
from tests.assignments.test_visible_checks import Notebook, run
from tests.lengths import short_and_long

FALSE_ALARM = 1e-4
# Of a normal number: it is further from its mean than this less often than FALSE_ALARM / 10,
# since a cell has up to ten random lines.
DEVIATIONS = stats.norm.isf(FALSE_ALARM / 20)
RANDOM = ("sampling", "sample_gaussian", "negative_elbo_bound", "kl_full_covariance")
RUNS = short_and_long(12, 100)


def estimating(name):
    """Right answers whose numbers are all drawn, where there are any."""
    right = [a for a in own_course.bank("vae") if (a.name, a.verdict) == (name, "right")]
    drawing = [a for a in right if "draws" in a.title or "estimated" in a.title]
    return (drawing or right)[0]


@pytest.mark.slow
@pytest.mark.parametrize("runs", RUNS)
@pytest.mark.parametrize("name", RANDOM)
def test_a_right_answer_fails_less_than_once_in_ten_thousand(request, monkeypatch, name, runs):
    notebook = Notebook(read_notebook(Course.at(request.config.rootpath).source("vae")))
    seen, allowed = defaultdict(list), {}

    def close(label, got, expected, *, rtol=1e-4, atol=1e-5, **_):
        numbers, right = (np.ravel(expect._numbers(each)) for each in (got, expected))
        seen[label].append(numbers - right)
        allowed[label] = atol + rtol * np.abs(right)

    monkeypatch.setattr(expect, "close", close)
    for seed in range(runs):
        torch.manual_seed(seed)
        with contextlib.redirect_stdout(io.StringIO()):
            run(notebook, estimating(name))
    random = 0
    for label, gaps in seen.items():
        root_mean_square = np.sqrt(np.mean(np.square(gaps), axis=0))
        if (root_mean_square > 1e-4).any():
            random += 1
            # Of so few runs the deviation itself is known to a share of this size.
            sure = 1 - 2 / math.sqrt(2 * runs)
            assert (allowed[label] > sure * DEVIATIONS * root_mean_square).all(), label
    assert 0 < random <= 10
