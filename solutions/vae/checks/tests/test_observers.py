"""Random codes and bounds: how often a right answer fails, and how surely a wrong one does."""

import pytest
import torch
from scipy import stats

from autograder.checks import answers
from autograder.judging import Status, judge
from autograder.judging.estimate import DEVIATIONS
from tests import own_course
from tests.every import every
from tests.lengths import short_and_long
from tests.own_course import find

from ..observers import bounds, draws, losses

RUNS = short_and_long(2, 100)
RANDOM = ("vae.sampling", "vae.sample_gaussian", "vae.negative_elbo_bound")
DRAWING = [
    answer
    for answer in own_course.bank("vae")
    if answer.exercise in (*RANDOM, "vae.kl_full_covariance")
]


# Wrong in what they draw. The other wrong bounds are wrong by numbers that do not change.
ABOUT_DRAWS = ("v as deviation", "the mean decoded", "uniform noise")


def most(answer, runs):
    """Each of them draws anew. Estimates from 10,000 draws of each code take their time."""
    certain = answer.exercise == "vae.negative_elbo_bound" and answer.verdict is Status.WRONG
    if certain and not any(words in answer.title for words in ABOUT_DRAWS):
        return min(3, runs)
    return min(10, runs) if answer.name == "kl_full_covariance" else runs


def chosen(verdict):
    few = [a for a in DRAWING if a.verdict is verdict]
    return [a for a in few if a.name != "kl_full_covariance" or "draws" in a.title]


def verdicts(answer, runs):
    subject, exercise = answers.build(answer), find(answer.exercise)
    for run in range(most(answer, runs)):
        torch.manual_seed(run)
        yield judge(exercise, subject, seed=run % 5)


@pytest.mark.slow
@pytest.mark.parametrize("runs", RUNS)
def test_a_right_answer_is_right_for_any_draw(runs):
    with every() as case:
        for answer in chosen(Status.RIGHT):
            with case(answer):
                assert all(verdict.is_right for verdict in verdicts(answer, runs))


@pytest.mark.slow
@pytest.mark.parametrize("runs", RUNS)
def test_a_wrong_answer_is_wrong_for_any_draw(runs):
    # In a short run, the first by each name; the test of every answer judges each of them once.
    wrong = chosen(Status.WRONG)
    of_each = {(a.exercise, a.misconception): a for a in reversed(wrong)}
    with every() as case:
        for answer in of_each.values() if runs == RUNS[0] else wrong:
            with case(answer):
                for verdict in verdicts(answer, runs):
                    # It may raise where another form is asked for, and is named by the rest.
                    assert verdict.status in (Status.WRONG, Status.RAISED)
                    assert verdict.misconception == answer.misconception


@pytest.mark.parametrize("name", RANDOM)
def test_all_columns_of_a_judgement_together_keep_the_false_alarm_rate(name):
    exercise, generator = find(name), torch.Generator().manual_seed(0)
    laws = [law for probe in exercise.probes for law in probe.laws(probe.draw(generator)).values()]
    of_an_estimate = 2 * stats.norm.sf(DEVIATIONS)
    rates = [getattr(law, "false_alarm", of_an_estimate) for law in laws]
    assert rates and sum(rates) <= 1e-6


INPUTS = {
    "mean": torch.tensor([1.0, -1.0]),
    "spread": torch.tensor([-2.0, 1.5]),
    "rows": 300,
    "deviation": torch.tensor([-1.0, 0.75]).exp(),
    "slope": torch.tensor([-1.0, 0.75]).exp() / 2,
    "names": ("mu", "log_var"),
}


@pytest.mark.parametrize(
    "deviation, reached",
    [
        (lambda s: (s / 2).exp(), (1.0, 1.0)),
        (lambda s: s.exp(), 2 * (INPUTS["spread"] / 2).exp()),
        (lambda s: (s / 2).exp().detach(), (0.0, 0.0)),
    ],
)
def test_how_far_a_gradient_reaches_is_the_slope_of_the_deviation(deviation, reached):
    """As a share of the right slope; the noise that is looked at, of the right deviation, is
    deviation / right times the noise drawn."""

    def student(mu, log_var):
        return mu + deviation(log_var) * torch.randn_like(mu)

    seen = draws.gradients(student, INPUTS)
    right = deviation(INPUTS["spread"]) / INPUTS["deviation"]
    expected = {"mu": torch.ones(2), "log_var": torch.as_tensor(reached) / right}
    for name, share in expected.items():
        found = seen[f"gradient with respect to {name}"].float()
        torch.testing.assert_close(found, share, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("thing", [None, 3.0, torch.zeros(2, 2), torch.zeros(300, 2, 1)])
def test_what_is_no_table_of_draws_is_an_observation_too(thing):
    for observe in (draws.columns, draws.independence, draws.gradients):
        assert observe(lambda mu, log_var: thing, INPUTS)


def test_the_model_of_a_bound_ignores_its_codes_but_for_their_gradient():
    model = bounds.LinearModel(
        torch.ones(2, 3), torch.zeros(2), torch.zeros(2), torch.ones(3, 2), torch.arange(3.0)
    )
    mean, variance = model.enc(torch.ones(4, 3))
    assert mean.tolist() == [[3.0, 3.0]] * 4 and variance.tolist() == [[1.0, 1.0]] * 4
    for z in (mean, 5 * mean):
        logits = model.dec(z)
        assert logits.tolist() == [[0.0, 1.0, 2.0]] * 4
    (slope,) = torch.autograd.grad(logits.sum(), model.enc.a)
    assert slope.tolist() == [60.0, 60.0]  # 5 times 4 images times 3 pixels
    assert len(model.dec.codes) == 2
    assert torch.equal(model.enc.encode(torch.ones(4, 3))[0], mean)
    assert torch.equal(model.dec.decode(mean), logits)


def test_a_number_beside_the_loss_is_seen_and_the_loss_is_looked_at_all_the_same():
    inputs = {"mu": torch.tensor([1.0, 2.0])}
    alone = losses.loss(lambda mu: (mu**2).sum(), inputs)
    beside = losses.loss(lambda mu: ((mu**2).sum(), 0.0), inputs)
    assert (alone["the loss is returned alone"], beside["the loss is returned alone"]) == (
        True,
        False,
    )
    for seen in (alone, beside):
        assert seen["value"].item() == 5
        assert seen["gradient with respect to mu"].tolist() == [2.0, 4.0]


def test_shapes_of_draws_are_seen_for_means_of_any_shape():
    inputs = {"means": [torch.zeros(2, 1), torch.zeros(3)], "spreads": [torch.zeros(2, 1)] * 2}
    seen = draws.shapes(lambda mean, spread: mean + 1, inputs)
    assert list(seen.values()) == [(2, 1), (3,)]
    assert set(draws.shapes(lambda mean, spread: None, inputs).values()) == {()}


@pytest.mark.parametrize("mode", [True, False])
def test_what_a_bound_leaves_behind_is_seen(mode):
    names = ("A", "a", "b", "B", "logits")
    shapes = ((2, 3), (2,), (2,), (3, 2), (3,))
    inputs = {name: torch.ones(shape) for name, shape in zip(names, shapes, strict=True)}
    inputs["x"] = torch.zeros(4, 3)
    untouched = bounds.kept(lambda model, x: None, inputs)
    assert all(untouched.values())
    changed = bounds.kept(lambda model, x: (model.train(mode), x.add_(1)), inputs)
    assert not any(changed.values())
