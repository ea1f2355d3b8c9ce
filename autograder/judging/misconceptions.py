"""Wrong formulas that many losses share."""

from autograder.exercises.probes import KEPT, ORDINARY
from autograder.judging import Misconception


def wrong_loss(name, sentence, *formulas):
    """Known from logits of ordinary size, whether its author wrote it stably or not."""
    return Misconception(name, sentence, formulas, on=ORDINARY)


def summed(loss):
    """The sum over the batch in place of its mean."""
    return wrong_loss(
        "summed over the batch",
        "The loss is a mean over the batch; a sum makes the learning rate depend on its size.",
        lambda first, *rest: loss(first, *rest) * len(first),
    )


def unstable(loss):
    """loss: right on the ordinary probes; what is wrong with it shows on extreme ones alone."""
    return Misconception(
        "unstable for large logits",
        "The formula is right on paper, but log(sigmoid(h)) becomes log(0) when the discriminator"
        " is sure, and an epsilon or a clamp only hides it: use softplus, logsigmoid or"
        " binary_cross_entropy_with_logits.",
        (loss,),
        on=ORDINARY,
    )


def logit_as_probability(*formulas):
    """The loss of a probability, fed with the raw logit."""
    return wrong_loss(
        "the logit used as a probability",
        "A logit is any real number, not a probability: 1 - sigmoid(h) is sigmoid(-h), not 1 - h.",
        *formulas,
    )


def _overwrite(*tensors):
    for tensor in tensors:
        tensor.add_(1)


overwritten = Misconception(
    "the caller's tensor overwritten",
    "An in-place operation (x -= 1, x[...] = 0, mul_) changes the caller's tensor, so the next call"
    " gets another one: compute a new tensor.",
    (_overwrite,),
    on=(KEPT,),
)
