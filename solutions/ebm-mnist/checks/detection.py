"""Parts 5 and 6: when does a digit appear, and how strange is an image?"""

import torch

from autograder.judging import Exercise, Misconception, Probe, observers
from autograder.judging.misconceptions import overwritten
from autograder.judging.probes import kept_probe, together, uniform

from . import oracles
from .observers import energies

USUAL, AT_ONCE = "confidences that rise and fall", "some never sure, some sure from the start"
EXACT = "confidences equal to the threshold"


def _confidences(never, start):
    """(T, N) = (12, 9) in (0, 1); each column reaches 0.9 somewhere, except for `never`."""

    def draw(g):
        table = 0.2 + 0.65 * torch.rand(12, 9, generator=g, dtype=torch.float64)
        first = torch.randint(2, 8, (9,), generator=g)
        for column in range(9):
            if column in never:
                continue
            at = 0 if column in start else first[column].item()
            table[at, column] = 0.93
            # Sure, unsure, and sure again: the first, the surest and the last are three steps.
            table[at + 1, column] = 0.5
            table[at + 2, column] = 0.97
            table[at + 3, column] = 0.92
            table[-1, column] = 0.6
        return table

    return draw


def _steps_probe(name, never=(), start=()):
    draw = together(confidence=_confidences(never, start), threshold=0.9)
    return Probe(name, draw, _with_threshold)


def _with_threshold(call, inputs):
    return {"steps": call(inputs["confidence"].clone(), inputs["threshold"])}


def _reached_exactly(g):
    """Confidences (T, N) = (12, 9) of which some are equal to the threshold of 3/4, no rounding."""
    table = 0.05 + 0.5 * torch.rand(12, 9, generator=g, dtype=torch.float64)
    table[4, ::2], table[2, 1::2], table[7] = 0.75, 0.75, 0.875
    return table


def _wrong_steps(name, sentence, *formulas):
    return Misconception(name, sentence, formulas, on=(USUAL,))


def _reached(confidence, threshold):
    return (confidence >= threshold).double()


def _counted_below(confidence, threshold, start):
    reached = _reached(confidence, threshold).bool()
    return torch.where(reached.any(0), (~reached).sum(0).double() + start, float("inf"))


steps_until_digit = Exercise(
    id="ebm-mnist.steps_until_digit",
    truth="first t with confidence[t - 1] >= threshold, inf if there is none",
    source="the definition of a first passage time",
    points=3,
    on_gpu=False,  # it gets tensors on the CPU
    probes=(
        _steps_probe(USUAL),
        _steps_probe(AT_ONCE, never=(1, 4), start=(2, 6)),
        Probe(EXACT, together(confidence=_reached_exactly, threshold=0.75), _with_threshold),
        kept_probe(confidence=_confidences((), ())),
    ),
    oracle=oracles.steps_until_digit,
    misconceptions=(
        _wrong_steps(
            "counted from 0",
            "Row 0 is the picture after step 1: add 1 to the index.",
            lambda c, t=0.9: oracles.steps_until_digit(c, t) - 1,
        ),
        _wrong_steps(
            "the last step instead of the first",
            "The question is when the confidence reaches the threshold for the first time.",
            lambda c, t=0.9: (len(c) - torch.argmax(_reached(c, t).flip(0), dim=0)).double(),
        ),
        _wrong_steps(
            "how many steps, not which",
            "This counts the steps at which the classifier is sure; the first one is wanted.",
            lambda c, t=0.9: _reached(c, t).sum(0),
        ),
        _wrong_steps(
            "the steps below the threshold counted",
            "A chain may fall below the threshold again: its first step at the threshold is wanted,"
            " not the number of steps below it.",
            lambda c, t=0.9: _counted_below(c, t, 1),
            lambda c, t=0.9: _counted_below(c, t, 0),
            lambda c, t=0.9: (~_reached(c, t).bool()).sum(0).double() + 1,
            lambda c, t=0.9: (~_reached(c, t).bool()).sum(0).double(),
        ),
        _wrong_steps(
            "the step of the largest confidence",
            "argmax of the confidence finds where it is largest, not where it first reaches the"
            " threshold.",
            lambda c, t=0.9: c.argmax(0).double() + 1,
            lambda c, t=0.9: c.argmax(0).double(),
        ),
        _wrong_steps(
            "along the wrong axis",
            "Rows are steps and columns are chains: search along dim 0.",
            lambda c, t=0.9: oracles.steps_until_digit(c.T, t),
        ),
        Misconception(
            "never taken for the first step",
            "argmax of a column without any True is 0: return inf where the threshold is never"
            " reached.",
            (
                lambda c, t=0.9: torch.argmax(_reached(c, t), dim=0).double() + 1,
                lambda c, t=0.9: torch.where(
                    _reached(c, t).any(0), oracles.steps_until_digit(c, t), 0.0
                ),
            ),
            on=(USUAL, AT_ONCE),
        ),
        Misconception(
            "never taken for the last step",
            "A chain that never reaches the threshold has no step: return inf for it, neither T nor"
            " T + 1.",
            tuple(
                lambda c, t=0.9, late=late: torch.where(
                    _reached(c, t).any(0), oracles.steps_until_digit(c, t), float(len(c) + late)
                )
                for late in (0, 1)
            ),
            on=(USUAL, AT_ONCE),
        ),
        Misconception(
            "above the threshold, not at it",
            "A confidence that equals the threshold has reached it: >=, not >.",
            (lambda c, t=0.9: oracles.steps_until_digit(torch.where(c == t, 0.0, c), t),),
            on=(USUAL, AT_ONCE, EXACT),
        ),
        Misconception(
            "the threshold fixed at 0.9",
            "0.9 is only the default: use the argument threshold.",
            (lambda c, t=0.9: oracles.steps_until_digit(c, 0.9),),
            on=(USUAL, AT_ONCE, EXACT),
        ),
        overwritten,
    ),
)

IMAGES = "images under a linear f"


def _on_both_sides(draw):
    """Half of the images with f above 0 and half below, where |f| is neither f nor -f."""

    def chosen(generator):
        inputs = draw(generator)
        f = oracles.score_on(inputs["w"], inputs["x"])
        sides = torch.tensor([1.0, -1.0]).repeat(len(f) // 2) * torch.where(f < 0, -1.0, 1.0)
        return inputs | {"x": inputs["x"] * sides.reshape(-1, 1, 1, 1)}

    return chosen


def _score(formula):
    return lambda model, x: formula(oracles.score_on(model.weight.detach(), x))


def _both(formula):
    """A wrong formula under either sign convention."""
    return (_score(formula), _score(lambda f: formula(-f)), _score(lambda f: -formula(f)))


anomaly_score = Exercise(
    id="ebm-mnist.anomaly_score",
    truth="f(x), or the energy -f(x), one number for each image",
    source="Grathwohl et al. 2020, Your Classifier Is Secretly an Energy Based Model, section 5.3",
    points=4,
    probes=(
        Probe(
            IMAGES,
            _on_both_sides(together(w=uniform(-0.05, 0.08, 784), x=uniform(-1, 1, 6, 1, 28, 28))),
            energies.scores,
        ),
    ),
    oracle=_score(lambda f: -f),
    also_right=(_score(lambda f: f),),
    misconceptions=(
        Misconception(
            "a sigmoid",
            "f is not a logit of anything; a sigmoid makes far-away scores equal, and with them"
            " their order.",
            _both(torch.sigmoid),
        ),
        Misconception(
            "the absolute value",
            "True images score near 0 only because the regulariser holds them there: the sign of f"
            " still says which side is unlikely.",
            (_score(torch.abs), _score(lambda f: -f.abs())),
        ),
        Misconception(
            "one number for the whole batch",
            "Each image needs its own score: no mean or sum over the batch.",
            (
                *_both(lambda f: f.mean()),
                _score(lambda f: f.sum()),
                _score(lambda f: -f.sum()),
                _score(lambda f: f.mean().expand(len(f))),
            ),
        ),
        Misconception(
            "the unnormalised density",
            "exp(f) overflows for a large f and says nothing more about the order: return f itself"
            " (or -f).",
            _both(torch.exp),
        ),
        Misconception(
            "compared with its own batch",
            "An image's score must not depend on the other images: do not normalise it by the"
            " batch.",
            (
                *_both(lambda f: f - f.mean()),
                *_both(lambda f: torch.softmax(f, 0)),
                *_both(lambda f: (f - f.min()) / (f.max() - f.min())),
            ),
        ),
    ),
)

TWO_SETS, TIED = "two sets of scores", "scores with ties"


_digits, _others = uniform(-2, 2, 23), uniform(-1, 3, 17)


def _auroc_probe(name, rounded):
    def scores(draw):
        return (lambda g: (2 * draw(g)).round() / 2) if rounded else draw

    draw = together(scores_digits=scores(_digits), scores_others=scores(_others))
    return Probe(name, draw, observers.value)


auroc = Exercise(
    id="ebm-mnist.auroc",
    truth="P(score of another image > score of a digit), ties counted as half",
    source="Hanley and McNeil 1982, The meaning and use of the area under a ROC curve",
    points=3,
    on_gpu=False,  # it gets tensors on the CPU
    probes=(
        _auroc_probe(TWO_SETS, rounded=False),
        _auroc_probe(TIED, rounded=True),
        kept_probe(scores_digits=_digits, scores_others=_others),
    ),
    oracle=oracles.auroc,
    misconceptions=(
        Misconception(
            "the labels swapped",
            "Other images are the positive class: a detector that finds them all scores 1, not 0.",
            (lambda d, o: 1 - oracles.auroc(d, o),),
            on=(TWO_SETS,),
        ),
        Misconception(
            "decisions instead of scores",
            "The area needs the scores themselves, not labels after a threshold.",
            (
                lambda d, o: oracles.auroc((d > 0).double(), (o > 0).double()),
                lambda d, o: oracles.auroc(
                    (d > torch.cat([d, o]).mean()).double(),
                    (o > torch.cat([d, o]).mean()).double(),
                ),
            ),
            on=(TWO_SETS,),
        ),
        Misconception(
            "the accuracy of one threshold",
            "Accuracy depends on where the threshold is and on how many images there are of each"
            " kind; the area does not.",
            (
                lambda d, o: torch.cat([d <= 0, o > 0]).double().mean(),
                lambda d, o: (
                    torch.cat([d <= torch.cat([d, o]).mean(), o > torch.cat([d, o]).mean()])
                    .double()
                    .mean()
                ),
            ),
            on=(TWO_SETS,),
        ),
        Misconception(
            "ties not counted as half",
            "Where two scores are equal the detector has to guess: such a pair counts as 1/2.",
            (
                lambda d, o: (o[:, None] > d[None]).double().mean(),
                lambda d, o: (o[:, None] >= d[None]).double().mean(),
            ),
            on=(TWO_SETS, TIED),
        ),
        overwritten,
    ),
)
