"""Wrong formulas that many losses share."""

from collections.abc import Callable
from dataclasses import replace

import torch
from torch import Tensor

from autograder.judging import Misconception
from autograder.judging.probes import KEPT, ORDINARY, SINGLE
from autograder.oracles import optimisers


def wrong_loss(name: str, sentence: str, *formulas: Callable) -> Misconception:
    """Known from logits of ordinary size, whether its author wrote it stably or not."""
    return Misconception(name, sentence, formulas, on=ORDINARY)


def transformed(
    name: str, sentence: str, transform: Callable[[Callable], Callable], loss: Callable
) -> Misconception:
    """What can be done to any loss, right or wrong; loss: the right one."""
    return Misconception(name, sentence, (transform(loss),), on=ORDINARY, transform=transform)


def summed(loss: Callable) -> Misconception:
    """The sum over the batch instead of its mean."""
    return transformed(
        *SUMMED,
        lambda formula: lambda first, *rest: formula(first, *rest) * len(first),
        loss,
    )


def scaled(name: str, sentence: str, factor: float, loss: Callable) -> Misconception:
    """A number too many in front of the loss, or one too few."""
    return transformed(
        name, sentence, lambda formula: lambda *given: factor * formula(*given), loss
    )


def no_gradient(loss: Callable) -> Misconception:
    """The right number, through which nothing learns."""
    return transformed(*NO_GRADIENT, _cut, loss)


def _cut(formula):
    return lambda *given: formula(*given).detach()


NO_GRADIENT = (
    "the gradient is cut",
    "The value is right, but no gradient flows back through it: torch.no_grad(), .detach(),"
    " .item(), .data, float() and NumPy cut the graph.",
)


_SIGN = (
    "the minus of one half missing",
    "The two halves are added, and both are made small: one of them has the wrong sign.",
)
_ONLY_ONE = (
    "only one half",
    "The discriminator learns from real and fake images: one of the two terms is missing.",
)
# In one half of a loss; in both halves they would be something else.
ONE_OF_TWO = (_SIGN[0], _ONLY_ONE[0])


def of_one_half(term: Callable[[Tensor], Tensor]) -> tuple[Misconception, ...]:
    """What can be wrong with one of two terms, whatever it is; term: the right one."""
    return (
        wrong_loss(*_SIGN, lambda scores: -term(scores)),
        wrong_loss(*_ONLY_ONE, lambda scores: 0 * scores.sum()),
        wrong_loss(*NO_GRADIENT, lambda scores: term(scores.detach())),
    )


def in_halves(
    first: tuple[Misconception, ...],
    second: tuple[Misconception, ...],
    right: tuple[Callable, Callable],
) -> tuple[Misconception, ...]:
    """Mistakes of two terms as mistakes of their sum: made in either, or by one name in both."""
    of_first, of_second = ({known.name: known for known in half} for half in (first, second))

    def in_sum(name):
        one, other = of_first.get(name), of_second.get(name)
        ones, others = (known.formulas if known else () for known in (one, other))
        both = () if name in ONE_OF_TWO else zip(ones, others, strict=False)
        pairs = (*both, *((a, right[1]) for a in ones), *((right[0], b) for b in others))
        known = wrong_loss(name, (one or other).sentence, *(_sum(a, b) for a, b in pairs))
        return replace(known, transform=_cut) if name == NO_GRADIENT[0] else known

    return tuple(in_sum(name) for name in dict.fromkeys((*of_first, *of_second)))


def _sum(of_first, of_second):
    return lambda first, second: of_first(first) + of_second(second)


def no_mean(*formulas: Callable) -> Misconception:
    """formulas: the terms before they are averaged, as tensors of more than one number."""
    return wrong_loss(*NO_MEAN, *formulas)


UNSTABLE = (
    "unstable for large logits",
    "The formula is right on paper, but log(sigmoid(h)) becomes log(0) when the discriminator is"
    " sure, and an epsilon or a clamp only hides it: use softplus, logsigmoid or"
    " binary_cross_entropy_with_logits.",
)
SUMMED = (
    "summed over the batch",
    "The loss is a mean over the batch; a sum makes the learning rate depend on its size.",
)
NO_MEAN = (
    "not reduced to one number",
    "One number is asked for: take the mean over the batch. backward() starts from nothing else.",
)
FIXED_BATCH = (
    "a batch size baked in",
    "The last batch is shorter, and others train with another size: take it from the tensor.",
)
BATCH_SIZES = (128, 64, 100, 256, 32)


def unstable(loss: Callable) -> Misconception:
    """loss: right on the ordinary probes; what is wrong with it shows on extreme ones alone."""
    return Misconception(*UNSTABLE, (loss,), on=ORDINARY)


def logit_as_probability(*formulas: Callable) -> Misconception:
    """The loss of a probability, fed with the raw logit."""
    return wrong_loss(*AS_PROBABILITY, *formulas)


AS_PROBABILITY = (
    "the logit used as a probability",
    "A logit is any real number, not a probability: 1 - sigmoid(h) is sigmoid(-h), not 1 - h, and"
    " logarithms and nn.BCELoss want a sigmoid first.",
)


def for_one_shape(row: str, column: str, single: str) -> tuple[Misconception, ...]:
    """Code that was written for one shape: others raise, or give other numbers.

    row, column, single: names of the probes with (N,), with (N, 1) and with a batch of one.
    """
    return (
        Misconception(
            "only for shape (N, 1)",
            "It works for (N, 1) and not for (N,), such as the result of flatten(): take the sizes"
            " from the tensor, as torch.ones_like does, and unpack no second one.",
            on=(column,),
            fails_on=(row,),
        ),
        Misconception(
            "only for shape (N,)",
            "It works for (N,) and not for (N, 1), the output of nn.Linear(..., 1): labels need the"
            " shape of the logits, as torch.ones_like gives it.",
            on=(row,),
            fails_on=(column,),
        ),
        Misconception(
            "not for a batch of one",
            "squeeze() without a dimension takes the batch away, too, when it holds one image: use"
            " reshape(-1) or flatten().",
            on=(row, column),
            fails_on=(single,),
        ),
    )


ONE_SHAPE = for_one_shape(*ORDINARY, SINGLE)


def fixed_batch(loss: Callable[[Tensor, Tensor], Tensor]) -> Misconception:
    """As many labels as a batch of usual size has. loss: of logits and their labels."""

    def formula(labels):
        return lambda first, *rest: loss(first, labels.to(first.dtype))

    return wrong_loss(*FIXED_BATCH, *map(formula, labels_of_fixed_batches()))


def labels_of_fixed_batches() -> list[Tensor]:
    """Ones (n,) and (n, 1) for the sizes n that a batch often has."""
    return [torch.ones(n, *one) for n in BATCH_SIZES for one in ((), (1,))]


def _overwrite(*tensors):
    for tensor in tensors:
        tensor.add_(1)


OVERWRITTEN = (
    "the caller's tensor overwritten",
    "An in-place operation (x -= 1, x[...] = 0, mul_) changes the caller's tensor, so the next call"
    " gets another one: compute a new tensor.",
)
overwritten = Misconception(*OVERWRITTEN, (_overwrite,), on=(KEPT,))

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
        tuple(optimisers.adam(lr=lr) for lr in (2e-4, 1e-4, 5e-4, 3e-4, 4e-4, 2e-3, 1e-2)),
    ),
    Misconception(
        "the learning rate and the betas",
        "Two things are wrong: the learning rate is not 1e-3, and betas are left at (0.9, 0.999).",
        tuple(optimisers.adam(lr=lr, beta1=0.9) for lr in (2e-4, 1e-4, 5e-4, 3e-4, 2e-3, 1e-2)),
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
