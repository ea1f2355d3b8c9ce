"""Mistakes that can be made in many exercises: one name and one sentence for each.

Give each function the right loss, or the wrong formulas that only the exercise knows. Those with a
transform are also recognised beside any other mistake, so nobody lists pairs.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor

from autograder.judging import Misconception
from autograder.judging.probes import FLOAT64, KEPT, LARGE, ORDINARY, SHORT
from autograder.oracles import optimisers

Transform = Callable[[Callable], Callable]

# (name, sentence) of mistakes that are also made where formulas are not functions of logits.
NO_GRADIENT = (
    "the gradient is cut",
    "The value is right, but no gradient flows back through it: torch.no_grad(), .detach(),"
    " .item(), .data, float() and NumPy cut the graph.",
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
    "The last batch of a data set is shorter: take the number of rows from the input.",
)
UNSTABLE = (
    "unstable for large logits",
    "For large logits exp(h) is infinite and log(sigmoid(h)) is log(0), however right a formula is"
    " on paper, and an epsilon or a clamp only hides it: use softplus, logsigmoid or"
    " binary_cross_entropy_with_logits.",
)
AS_PROBABILITY = (
    "the logit used as a probability",
    "A logit is any real number, not a probability: 1 - sigmoid(h) is sigmoid(-h), not 1 - h, and"
    " a logarithm wants a sigmoid first.",
)
BCE_OF_LOGITS = (
    "BCELoss on logits",
    "binary_cross_entropy and nn.BCELoss take probabilities; these are logits: use"
    " binary_cross_entropy_with_logits.",
)
SQUARED = (
    "squared error for cross-entropy",
    "This is a squared distance to the labels, as in least-squares GANs; a cross-entropy takes the"
    " logarithm of the probability.",
)
SMOOTHED = (
    "smoothed labels",
    "Labels of 0.9 or 0.1 are a trick of some GANs; here the labels are 1 and 0.",
)
PLUS_MINUS = (
    "labels of 1 and -1",
    "A cross-entropy takes the probability of class 1: its labels are 1 and 0, not 1 and -1.",
)
OVERWRITTEN = (
    "the caller's tensor overwritten",
    "An in-place operation (x -= 1, x[...] = 0, mul_) changes the caller's tensor, so the next call"
    " gets another one: compute a new tensor.",
)

NO_GRAPH = (
    "a loss without a graph",
    "backward() finds nothing to go along: the loss was computed under torch.no_grad(), or cut off"
    " with detach() or .item().",
)


def wrong_loss(name: str, sentence: str, *formulas: Callable) -> Misconception:
    """Known from logits of ordinary size, whether its author wrote it stably or not."""
    return Misconception(name, sentence, formulas, on=ORDINARY)


def transformed(
    name: str,
    sentence: str,
    transform: Transform,
    *losses: Callable,
    on: tuple[str, ...] = ORDINARY,
) -> Misconception:
    """A mistake that can be made with any formula. losses: the right ones."""
    return Misconception(name, sentence, tuple(map(transform, losses)), on=on, transform=transform)


def scaled(factor: float) -> Transform:
    """The result times a factor, each of them where there are several."""

    def transform(loss):
        def scaled_loss(*arguments, **keywords):
            result = loss(*arguments, **keywords)
            if isinstance(result, tuple):
                return tuple(factor * each for each in result)
            return factor * result

        return scaled_loss

    return transform


def halved(loss: Callable, sentence: str, name: str = "halved", **options: Any) -> Misconception:
    """Half of the right result. sentence: where the half may come from in this exercise."""
    return transformed(name, sentence, scaled(0.5), loss, **options)


def doubled(loss: Callable, sentence: str, name: str = "doubled", **options: Any) -> Misconception:
    """Twice the right result. sentence: which half is missing in this exercise."""
    return transformed(name, sentence, scaled(2.0), loss, **options)


def negated(loss: Callable, sentence: str, name: str = "negated", **options: Any) -> Misconception:
    """The right result with the other sign. sentence: what is minimised in this exercise."""
    return transformed(name, sentence, scaled(-1.0), loss, **options)


def by_size(power: int, of: int = 0, elements: bool = False) -> Transform:
    """The result times the size of an argument to a power, such as -1 for a mean.

    of: place of the argument. elements: count its numbers, not its rows.
    """

    def transform(loss):
        def resized(*arguments, **keywords):
            size = arguments[of].numel() if elements else len(arguments[of])
            return scaled(float(size) ** power)(loss)(*arguments, **keywords)

        return resized

    return transform


def summed(loss: Callable, of: int = 0, on: tuple[str, ...] = ORDINARY) -> Misconception:
    """The sum over the batch instead of its mean. of: place of an argument that has the batch."""
    return transformed(
        *SUMMED,
        by_size(1, of),
        loss,
        on=on,
    )


def batch_mean(loss: Callable, of: int = 0, on: tuple[str, ...] = ORDINARY) -> Misconception:
    """The mean over the batch instead of its sum."""
    return transformed(
        "averaged over the batch",
        "The loss is summed over the batch here; you divided by the number of its rows.",
        by_size(-1, of),
        loss,
        on=on,
    )


def under_no_grad(loss: Callable, on: tuple[str, ...] = ORDINARY) -> Misconception:
    """The right value without a gradient."""

    def transform(function):
        def cut(*arguments, **keywords):
            with torch.no_grad():
                return function(*arguments, **keywords)

        return cut

    return transformed(*NO_GRADIENT, transform, loss, on=on)


def only_for(right: Sequence[str], wrong: Sequence[str], what: str) -> Misconception:
    """Code for one shape alone. right, wrong: names of probes. what: the shape, "(N, 1)"."""
    return Misconception(
        f"only for shape {what}",
        f"The answer is right for inputs of shape {what} and for no other: squeeze(1), [:, 0] and"
        " unpacking a shape take it for granted; reshape(-1) or a mean over everything do not.",
        on=tuple(right),
        fails_on=tuple(wrong),
    )


ONLY_ROWS = only_for(ORDINARY[:1], ORDINARY[1:], "(N,)")
ONLY_COLUMNS = only_for(ORDINARY[1:], ORDINARY[:1], "(N, 1)")

float32_only = Misconception(
    "only for float32",
    "In float64 it fails or loses digits: make new tensors like the given ones (zeros_like,"
    " dtype=x.dtype), and leave out .float().",
    fails_on=(FLOAT64,),
)

full_batches_only = Misconception(
    "a batch size baked in",
    "The last batch of a data set is shorter: take the number of rows from the input.",
    fails_on=(SHORT,),
)


def unstable(loss: Callable) -> Misconception:
    """loss: right on the ordinary probes; what is wrong with it shows on extreme ones alone."""
    return Misconception(*UNSTABLE, (loss,), on=ORDINARY)


def logit_as_probability(*formulas: Callable) -> Misconception:
    """The loss of a probability, fed with the raw logit."""
    return wrong_loss(*AS_PROBABILITY, *formulas)


def no_mean(*formulas: Callable) -> Misconception:
    """formulas: the terms before they are averaged, as tensors of more than one number."""
    return wrong_loss(*NO_MEAN, *formulas)


def for_one_shape(rows: tuple[str, ...], columns: tuple[str, ...]) -> tuple[Misconception, ...]:
    """Code that was written for one shape: others raise, or give other numbers.

    rows, columns: names of the probes with (N,), and of those with (N, 1).
    """
    return (
        only_for(columns[:1], rows, "(N, 1)"),
        only_for(rows[:1], columns, "(N,)"),
    )


# Of loss_probes() and huge_probe().
ONE_SHAPE = for_one_shape((ORDINARY[0], LARGE), (ORDINARY[1], KEPT))


BATCH_SIZES = (128, 64, 100, 256, 32)


def fixed_batch(loss: Callable[[Tensor, Tensor], Tensor]) -> Misconception:
    """As many labels as a batch of usual size has. loss: of logits and their labels."""

    def formula(labels):
        return lambda first, *rest: loss(first, labels.to(first.dtype))

    return wrong_loss(*FIXED_BATCH, *map(formula, labels_of_fixed_batches()))


def labels_of_fixed_batches() -> list[Tensor]:
    """Ones (n,) and (n, 1) for the sizes n that a batch often has."""
    return [torch.ones(n, *one) for n in BATCH_SIZES for one in ((), (1,))]


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
        sentence = (of_second | of_first)[name].sentence
        known = wrong_loss(name, sentence, *(_sum(a, b) for a, b in pairs))
        cut = name == NO_GRADIENT[0]
        return (
            replace(known, transform=under_no_grad(known.formulas[0]).transform) if cut else known
        )

    return tuple(in_sum(name) for name in dict.fromkeys((*of_first, *of_second)))


def _sum(of_first, of_second):
    return lambda first, second: of_first(first) + of_second(second)


def _overwrite(*tensors):
    for tensor in tensors:
        tensor.add_(1)
    return tensors[0]  # nothing at all would be another mistake


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
        "With weight_decay the weights shrink at every step, and AdamW does so unless it is set to"
        " 0; plain Adam is asked for.",
        (
            optimisers.adam(decay=0.01),
            *(optimisers.adam(penalty=size) for size in (1e-5, 1e-4, 5e-4, 1e-3, 1e-2)),
        ),
    ),
    Misconception(
        "AMSGrad for Adam",
        "With amsgrad=True the steps are divided by the largest mean square so far; leave it out.",
        (optimisers.adam(largest=True),),
    ),
    Misconception(
        "RMSprop for Adam",
        "RMSprop has no mean of the gradients and corrects no bias; Adam is asked for.",
        tuple(optimisers.rmsprop(lr) for lr in (1e-3, 1e-2, 5e-5, 1e-4, 2e-4)),
    ),
    Misconception(
        "plain gradient descent",
        "The steps are proportional to the gradient, as in SGD; Adam is asked for.",
        tuple(optimisers.sgd(lr) for lr in (1e-3, 1e-2, 1e-1, 1e-4, 2e-4)),
    ),
    Misconception(
        "gradient descent with momentum",
        "Momentum smooths the gradients, but the steps still grow with them; Adam, which divides"
        " by their size, is asked for.",
        tuple(
            optimisers.sgd(lr, momentum)
            for lr in (1e-3, 1e-2, 1e-4, 2e-4)
            for momentum in (0.9, 0.5)
        ),
    ),
)
