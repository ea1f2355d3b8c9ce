"""Mistakes in losses of logits, each against a number worked out in plain Python."""

import math

import pytest
import torch

from autograder.judging import logit_mistakes as mistakes
from autograder.judging import misconceptions as shared

H = [-0.5, 0.3, 0.8]
LOGITS = torch.tensor(H, dtype=torch.float64)


def average(function):
    return sum(map(function, H)) / len(H)


def sig(h):
    return 1 / (1 + math.exp(-h))


def sp(h):
    return math.log1p(math.exp(h))


REAL, FAKE = average(lambda h: sp(-h)), average(sp)
MEAN = sum(H) / 3


def cut(h, epsilon):
    return min(max(h, epsilon), 1 - epsilon)


def log(h):
    return math.log(h) if h > 0 else math.nan


CUTS = (1e-7, 1e-6, 1e-5, 1e-4, 1e-3)
OF_REAL = {
    "both halves labelled fake": [FAKE],
    "smoothed labels": [FAKE - label * MEAN for label in (0.9, 0.8, 0.7, 0.95)],
    "labels of 1 and -1": [FAKE + MEAN],
    "sigmoid applied twice": [average(lambda h: sp(-sig(h)))],
    "the logit used as a probability": [
        *(math.nan, math.nan),
        *(average(lambda h, e=e: -math.log(cut(h, e))) for e in CUTS),
    ],
    "squared error for cross-entropy": [
        average(lambda h: (sig(h) - 1) ** 2),
        average(lambda h: (h - 1) ** 2),
        average(lambda h: (sig(h) - 1) ** 2 / 2),
        average(lambda h: (h - 1) ** 2 / 2),
    ],
    "the loss of a Wasserstein critic": [-MEAN],
    "the hinge loss": [average(lambda h: max(0, 1 - h))],
    "a probability, not its logarithm": [average(lambda h: -sig(h)), average(lambda h: sig(-h))],
    "the logarithm of a mean": [-math.log(average(sig)), sp(-MEAN)],
    "a logarithm with another base": [REAL / math.log(2), REAL / math.log(10)],
    shared.ONE_OF_TWO[0]: [-REAL],
    shared.ONE_OF_TWO[1]: [0.0],
    "the gradient is cut": [REAL],
}
OF_FAKE = {
    "both halves labelled real": [REAL],
    "smoothed labels": [FAKE - label * MEAN for label in (0.1, 0.2, 0.3, 0.05)],
    "labels of 1 and -1": [FAKE + MEAN],
    "sigmoid applied twice": [average(lambda h: sp(sig(h)))],
    "the logit used as a probability": [
        average(lambda h: -math.log(1 - h)),
        average(lambda h: -math.log(1 - h + 1e-8)),
        *(average(lambda h, e=e: -math.log(1 - cut(h, e))) for e in CUTS),
        average(lambda h: sp(h - 1)),
        average(lambda h: sp(1 - h)),
    ],
    "squared error for cross-entropy": [
        average(lambda h: sig(h) ** 2),
        average(lambda h: h**2),
        average(lambda h: sig(h) ** 2 / 2),
        average(lambda h: h**2 / 2),
    ],
    "the loss of a Wasserstein critic": [MEAN],
    "the hinge loss": [average(lambda h: max(0, 1 + h))],
    "a probability, not its logarithm": [average(lambda h: -sig(-h)), average(sig)],
    "the logarithm of a mean": [-math.log(average(lambda h: sig(-h))), sp(MEAN)],
    "a logarithm with another base": [FAKE / math.log(2), FAKE / math.log(10)],
    shared.ONE_OF_TWO[0]: [-FAKE],
    shared.ONE_OF_TWO[1]: [0.0],
    "the gradient is cut": [FAKE],
}


@pytest.mark.parametrize(
    ("half", "values"), [(mistakes.REAL_HALF, OF_REAL), (mistakes.FAKE_HALF, OF_FAKE)]
)
def test_each_wrong_term_is_what_its_name_says(half, values):
    assert [known.name for known in half] == [*values]
    for known in half:
        found = [formula(LOGITS).item() for formula in known.formulas]
        assert found == pytest.approx(values[known.name], rel=1e-6, nan_ok=True), known.name


def test_the_right_terms():
    assert mistakes.real_half(LOGITS).item() == pytest.approx(REAL)
    assert mistakes.fake_half(LOGITS[:, None]).item() == pytest.approx(FAKE)


def test_a_generator_can_make_the_mistakes_of_the_real_half_but_those_of_two_halves():
    gone = {"both halves labelled fake", *shared.ONE_OF_TWO, "the gradient is cut"}
    assert [known.name for known in mistakes.GENERATOR] == [n for n in OF_REAL if n not in gone]


def test_further_formulas_are_added_to_one_mistake():
    made = mistakes.also(mistakes.REAL_HALF, mistakes.CRITIC, lambda r: 7.0)
    (critic,) = [known for known in made if known.name == mistakes.CRITIC[0]]
    assert [float(formula(LOGITS)) for formula in critic.formulas] == pytest.approx([-MEAN, 7.0])
    others = [known for known in made if known is not critic]
    assert others == [k for k in mistakes.REAL_HALF if k.name != mistakes.CRITIC[0]]


def test_the_whole_loss_has_the_mistakes_of_either_half():
    whole = {known.name: known for known in mistakes.whole()}
    assert {*whole} == {*OF_REAL, *OF_FAKE}
    made = [f(LOGITS, LOGITS).item() for f in whole["both halves labelled fake"].formulas]
    assert made == pytest.approx([2 * FAKE])
    made = [f(LOGITS, LOGITS).item() for f in whole["the hinge loss"].formulas]
    both = [OF_REAL["the hinge loss"][0], OF_FAKE["the hinge loss"][0]]
    assert made == pytest.approx([sum(both), both[0] + FAKE, REAL + both[1]])


def test_a_logit_is_clamped_as_float32_does_it():
    cut_to = mistakes.clamped(torch.tensor([-1.0, 0.5, 2.0]).double(), 1e-7)
    assert cut_to.dtype == torch.float64
    assert cut_to.tolist() == [torch.tensor(1e-7).item(), 0.5, torch.tensor(1 - 1e-7).item()]


def test_what_torch_refuses_is_refused():
    with pytest.raises(RuntimeError):
        mistakes.refused(torch.tensor([2.0]))
    with pytest.raises(ValueError):
        mistakes.labelled(torch.zeros(3), torch.ones(2))
    assert mistakes.labelled(torch.zeros(1), torch.ones(1)).item() == pytest.approx(math.log(2))
