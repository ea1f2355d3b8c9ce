"""Part 7: guidance, and the labels that training leaves out for it."""

import torch

from autograder.judging import Exercise, Misconception, Probe
from autograder.judging.estimate import Estimate
from autograder.judging.misconceptions import OVERWRITTEN, halved, overwritten
from autograder.judging.probes import KEPT, kept_probe, together, uniform

from .observers import labels
from .oracles import guidance as oracles

HO = "Ho and Salimans 2022, Classifier-Free Diffusion Guidance"
WEIGHTS = ("w = 2", "w = 0.5, images")
PLAIN, NONE = "w = 0", "w = -1"


def _pair(w, *shape):
    return together(eps_cond=uniform(-1, 2, *shape), eps_uncond=uniform(-2, 1, *shape), w=w)


def _wrong(name, sentence, *formulas):
    return Misconception(name, sentence, formulas, on=WEIGHTS)


guided = Exercise(
    id="diffusion-mnist.guided",
    truth="(1 + w) cond - w uncond",
    source=f"{HO}, equation 6",
    points=1,
    probes=(
        Probe(WEIGHTS[0], _pair(2.0, 5, 3), labels.guided),
        Probe(WEIGHTS[1], _pair(0.5, 3, 1, 4, 4), labels.guided),
        Probe(PLAIN, _pair(0.0, 4, 2), labels.guided),
        Probe(NONE, _pair(-1.0, 4, 2), labels.guided),
        kept_probe(eps_cond=uniform(-1, 2, 4, 2), eps_uncond=uniform(-2, 1, 4, 2), w=uniform(1, 2)),
    ),
    oracle=oracles.guided,
    misconceptions=(
        _wrong(
            "another convention",
            "This is guidance with the weight counted from 0 = unconditional: w cond + (1 - w)"
            " uncond, or uncond + w (cond - uncond). It is a convention that is as good; here w = 0"
            " is plain conditional sampling: (1 + w) cond - w uncond.",
            lambda cond, uncond, w: uncond + w * (cond - uncond),
        ),
        _wrong(
            "cond and uncond swapped",
            "Guidance goes away from the unconditional prediction: (1 + w) cond - w uncond.",
            lambda cond, uncond, w: (1 + w) * uncond - w * cond,
            lambda cond, uncond, w: cond + w * (uncond - cond),
        ),
        _wrong(
            "the sign of the unconditional part",
            "w uncond is subtracted: the two weights, 1 + w and -w, add up to 1.",
            lambda cond, uncond, w: (1 + w) * cond + w * uncond,
            lambda cond, uncond, w: w * cond + uncond,
        ),
        _wrong(
            "weights that do not add up to 1",
            "The two weights, 1 + w and -w, add up to 1: equal predictions stay what they are.",
            lambda cond, uncond, w: (1 + w) * (cond - uncond),
            lambda cond, uncond, w: w * (cond - uncond),
            lambda cond, uncond, w: (1 + w) * cond - uncond,
            lambda cond, uncond, w: (1 + w) * cond - (1 - w) * uncond,
            lambda cond, uncond, w: cond - w * uncond,
            lambda cond, uncond, w: cond + w * uncond,
            lambda cond, uncond, w: w * cond - uncond,
            lambda cond, uncond, w: w * cond - (1 - w) * uncond,
            lambda cond, uncond, w: w * cond - (1 + w) * uncond,
        ),
        _wrong(
            "w not used",
            "w is an argument: the larger, the further from the unconditional prediction.",
            lambda cond, uncond, w: cond,
            lambda cond, uncond, w: uncond,
            lambda cond, uncond, w: 2 * cond - uncond,
        ),
        halved(oracles.guided, "The two weights, 1 + w and -w, add up to 1.", on=WEIGHTS),
        overwritten,
    ),
)

# Enough labels for a share that is right to be told from any other.
MANY = 5_000
SHARES = ("one label in ten", "three labels in four")
NEVER, ALWAYS = "p = 0", "p = 1"


def _share_laws(inputs):
    p, n = inputs["p"], len(inputs["y"])

    def law(count):
        return Estimate(
            torch.tensor(p, dtype=torch.float64),
            torch.tensor((p * (1 - p) / count) ** 0.5, dtype=torch.float64),
        )

    return {labels.SHARE: law(n), labels.FIRST: law(n // 2), labels.ODD: law(n // 2)}


def _labels(rows):
    return lambda g: torch.randint(0, 10, (rows,), generator=g).double()


def _labels_probe(name, p, null):
    draw = together(y=_labels(MANY), p=p, null=null)
    return Probe(name, draw, labels.dropped, laws=_share_laws)


def _few_probe(name, p, null):
    return Probe(name, together(y=_labels(12), p=p, null=null), labels.dropped_exactly)


def _replaced(where, null=lambda null: null):
    """drop_labels that replaces the labels at where(y, p)."""

    def drop_labels(y, p, null_label):
        return torch.where(where(y, p), torch.full_like(y, null(null_label)), y)

    return drop_labels


def _chance(y, p):
    return torch.rand(y.shape) < p


def _places(first):
    """The same places in every call: the first share, or every so many."""

    def where(y, p):
        place = torch.arange(len(y))
        return place < round(p * len(y)) if first else (place * p % 1 + p >= 1)

    return where


def _seeded(seed):
    def where(y, p):
        return torch.rand(y.shape, generator=torch.Generator().manual_seed(seed)) < p

    return where


def _in_place(y, p, null):
    y[torch.rand(y.shape) < p] = null
    return y


def _of_labels(name, sentence, *formulas, on=SHARES):
    return Misconception(name, sentence, formulas, on=on)


drop_labels = Exercise(
    id="diffusion-mnist.drop_labels",
    truth="each label null with probability p, independently; the others as they are",
    source=f"{HO}, algorithm 1; a share of 5,000 labels within 7 deviations",
    points=2,
    probes=(
        _labels_probe(SHARES[0], 0.1, 10),
        _labels_probe(SHARES[1], 0.75, 17),
        _few_probe(NEVER, 0.0, 10),
        _few_probe(ALWAYS, 1.0, 11),
        Probe(KEPT, together(y=_labels(50), p=0.5, null=10), labels.kept),
    ),
    oracle=oracles.drop_labels,
    misconceptions=(
        _of_labels(
            "p is the share dropped",
            "p is the probability that a label is dropped; here it is that of being kept.",
            _replaced(lambda y, p: torch.rand(y.shape) >= p),
        ),
        _of_labels(
            "p not used",
            "The share that is dropped is p, whatever the caller says.",
            *(_replaced(lambda y, p, q=q: _chance(y, q)) for q in (0.1, 0.2, 0.15, 0.5)),
        ),
        _of_labels(
            "all labels or none",
            "Each label needs its own draw: one draw for the whole batch drops all labels or none.",
            _replaced(lambda y, p: torch.rand(()).expand(y.shape) < p),
            _replaced(lambda y, p: torch.zeros(y.shape) < p),
            _replaced(lambda y, p: torch.ones(y.shape) < p),
        ),
        _of_labels(
            "always the same places",
            "Which labels are dropped is left to chance: draw a random number for each.",
            _replaced(_places(first=True)),
            _replaced(_places(first=False)),
        ),
        _of_labels(
            "the same labels in every call",
            "Every call needs new draws: set no seed inside.",
            *(_replaced(_seeded(seed)) for seed in (0, 42)),
        ),
        _of_labels(
            "normal numbers for uniform ones",
            "P(u < p) is p for a uniform u: torch.rand, not torch.randn.",
            _replaced(lambda y, p: torch.randn(y.shape) < p),
        ),
        _of_labels(
            "another null label",
            "The label of a dropped one is `null`, the argument, and no number of its own.",
            *(_replaced(_chance, lambda null, to=to: to) for to in (10, 0, -1, 9)),
            _replaced(_chance, lambda null: null - 1),
            _replaced(_chance, lambda null: null + 1),
            on=(*SHARES, ALWAYS),
        ),
        _of_labels(
            "the labels dropped from the batch",
            "A dropped label is replaced by `null`: the result has as many labels as y.",
            lambda y, p, null: y[torch.rand(y.shape) >= p],
        ),
        _of_labels(
            "the labels kept are changed",
            "A label that is not dropped stays as it is.",
            lambda y, p, null: y * (torch.rand(y.shape) >= p) + null,
            lambda y, p, null: torch.where(
                _chance(y, p), torch.full_like(y, null), torch.zeros_like(y)
            ),
        ),
        Misconception(*OVERWRITTEN, (_in_place,), on=(KEPT,)),
        Misconception(
            "not whole numbers",
            "The labels stay whole numbers, as they were: nn.Embedding takes nothing else.",
            (lambda y, p, null: oracles.drop_labels(y, p, null).double(),),
            on=(NEVER, ALWAYS),
        ),
    ),
)
