"""Wrong formulas that many losses share."""

from autograder.exercises.probes import ORDINARY
from autograder.judging import Misconception


def summed(loss):
    """The sum over the batch in place of its mean."""
    return Misconception(
        "summed over the batch",
        "The loss is a mean over the batch; a sum makes the learning rate depend on its size.",
        (lambda first, *rest: loss(first, *rest) * len(first),),
    )


def unstable(loss):
    """loss: right on paper but written through log(sigmoid(h)), which becomes log(0)."""
    return Misconception(
        "unstable for large logits",
        "The formula is right on paper, but log(sigmoid(h)) becomes log(0) when the discriminator"
        " is sure: use softplus, logsigmoid or binary_cross_entropy_with_logits.",
        (loss,),
        on=ORDINARY,
    )


def logit_as_probability(*formulas):
    """The loss of a probability, fed with the raw logit."""
    return Misconception(
        "the logit used as a probability",
        "A logit is any real number, not a probability: 1 - sigmoid(h) is sigmoid(-h), not 1 - h.",
        formulas,
    )
