"""Wrong formulas that many losses share."""

from collections.abc import Callable

from autograder.judging import Misconception
from autograder.judging.probes import KEPT, ORDINARY
from autograder.oracles import optimisers


def wrong_loss(name: str, sentence: str, *formulas: Callable) -> Misconception:
    """Known from logits of ordinary size, whether its author wrote it stably or not."""
    return Misconception(name, sentence, formulas, on=ORDINARY)


def summed(loss: Callable) -> Misconception:
    """The sum over the batch instead of its mean."""
    return wrong_loss(
        "summed over the batch",
        "The loss is a mean over the batch; a sum makes the learning rate depend on its size.",
        lambda first, *rest: loss(first, *rest) * len(first),
    )


def unstable(loss: Callable) -> Misconception:
    """loss: right on the ordinary probes; what is wrong with it shows on extreme ones alone."""
    return Misconception(
        "unstable for large logits",
        "The formula is right on paper, but log(sigmoid(h)) becomes log(0) when the discriminator"
        " is sure, and an epsilon or a clamp only hides it: use softplus, logsigmoid or"
        " binary_cross_entropy_with_logits.",
        (loss,),
        on=ORDINARY,
    )


def logit_as_probability(*formulas: Callable) -> Misconception:
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

# Of a function model -> Adam with lr 1e-3 and betas (0.5, 0.999).
WRONG_ADAM = (
    Misconception(
        "betas left at their default",
        "Adam's default is (0.9, 0.999); the game changes at every step, so use beta1 = 0.5.",
        (optimisers.adam(beta1=0.9),),
    ),
    Misconception(
        "the wrong beta2",
        "betas is the pair (beta1, beta2) = (0.5, 0.999).",
        (
            optimisers.adam(beta2=0.9),
            optimisers.adam(beta2=0.99),
            optimisers.adam(beta1=0.999, beta2=0.5),
        ),
    ),
    Misconception(
        "the wrong learning rate",
        "The optimiser is Adam with the right betas, but its learning rate is not 1e-3.",
        tuple(optimisers.adam(lr=lr) for lr in (2e-4, 1e-4, 5e-4, 3e-4, 2e-3, 1e-2)),
    ),
    Misconception(
        "weight decay",
        "AdamW shrinks the weights at every step unless weight_decay is 0; Adam does not.",
        (optimisers.adam(decay=0.01),),
    ),
    Misconception(
        "plain gradient descent",
        "The steps are proportional to the gradient, as in SGD; Adam is asked for.",
        tuple(optimisers.sgd(lr) for lr in (1e-3, 1e-2, 1e-1, 1e-4, 2e-4)),
    ),
)
