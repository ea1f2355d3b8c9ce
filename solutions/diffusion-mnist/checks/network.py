"""Part 5: a block of the network."""

from collections.abc import Callable
from functools import partial

import torch

from autograder.judging import Exercise, Misconception, Probe, Tolerance
from autograder.judging.misconceptions import OVERWRITTEN
from autograder.judging.networks.layers import Weights
from autograder.judging.networks.observers import SIZE
from autograder.judging.probes import KEPT, uniform

from .observers import blocks
from .oracles.network import GROUPS, Block, Form

WIDER, NARROWER = "28 x 28, to more channels", "14 x 14, to fewer channels"
EQUAL, ALONE = "7 x 7, to as many channels", "one image"
UNEQUAL, EVERY = (WIDER, NARROWER), (WIDER, NARROWER, EQUAL)
ORDER = f"GroupNorm({GROUPS}), SiLU and a convolution, twice, with the time between the two."


def _inputs(rows, side, sizes):
    def draw(g):
        return {
            "sizes": sizes,
            "x": uniform(-2, 1.5, rows, sizes[0], side, side)(g),
            "emb": uniform(-2.5, 2, rows, sizes[2])(g),
            "weights": Weights(int(torch.randint(2**31, (), generator=g))),
        }

    return draw


def _probe(name, *about):
    return Probe(name, _inputs(*about), blocks.block, glance=blocks.at_a_glance)


def _block(**form):
    return partial(Block, form=Form(**form), dtype=torch.float32)


class _Formula:
    """A wrong block. where: what is wrong with it, if the name does not say it."""

    def __init__(self, where: str = "", **form) -> None:
        self.where, self.form = where, form

    def __call__(self, *sizes: int) -> Block:
        return _block(**self.form)(*sizes)


def _merged(formula, other):
    """Both flaws in one block, where they are in different places."""
    if not isinstance(formula, _Formula) or set(formula.form) & set(other.form):
        return formula
    return _Formula(formula.where, **formula.form, **other.form)


def _wrong(
    name: str, sentence: str, *formulas: _Formula, on: tuple[str, ...] = EVERY, beside: bool = False
) -> Misconception:
    """beside: whether the first formula is looked for beside each other flaw as well."""
    transform: Callable | None = (lambda formula: _merged(formula, formulas[0])) if beside else None
    return Misconception(name, sentence, formulas, on=on, transform=transform)


def _in_each(**places):
    """Flaws of places "first", "second", "of_time" (activations), alone and all at once."""
    named = {"first": "first one", "second": "second one", "of_time": "one of the time"}
    single = [_Formula(f"It is the {named[key]}.", **{key: kind}) for key, kind in places.items()]
    return [*single, _Formula("", **places)]


def _other_activations():
    for kind in ("ReLU", "GELU", "Sigmoid", "Tanh", "ELU"):
        maps = {"first": kind, "second": kind}
        yield _Formula("", **maps)
        yield from _in_each(**maps, of_time=kind)


class _Overwrites(Block):
    def __call__(self, x, emb):
        x.add_(1)
        return super().__call__(x, emb)


ResBlock = Exercise(
    id="diffusion-mnist.ResBlock",
    truth="norm, SiLU, conv 3 x 3, + Linear(SiLU(emb)), norm, SiLU, conv 3 x 3, + skip",
    source="these layers in float64, with the same random weights",
    points=5,
    tolerance=Tolerance(rtol=1e-3, atol=1e-3),
    open=(SIZE,),
    probes=(
        # The small ones first: most of the wrong blocks differ there.
        _probe(EQUAL, 2, 7, (16, 16, 20)),
        _probe(ALONE, 1, 7, (8, 16, 12)),
        _probe(NARROWER, 3, 14, (24, 16, 12)),
        _probe(WIDER, 1, 28, (16, 24, 20)),
        Probe(KEPT, _inputs(3, 7, (16, 16, 12)), blocks.kept),
    ),
    oracle=Block,
    # With as many channels in as out, two layers of each kind have one shape, and may be made in
    # any order.
    also_right=tuple(
        partial(Block, form=Form(convolutions=convolutions, norms_made=norms))
        for convolutions in ((0, 1), (1, 0))
        for norms in ((0, 1), (1, 0))
        if (convolutions, norms) != ((0, 1), (0, 1))
    ),
    misconceptions=(
        _wrong(
            "the time ignored",
            "The network must know the time: SiLU and a linear layer make a number for each channel"
            " of emb, which is added after the first convolution.",
            _Formula(time="missing"),
            _Formula(time="unused"),
        ),
        _wrong(
            "the time added elsewhere",
            "The time is added between the first convolution and the second norm.",
            _Formula("Yours comes before the first norm.", time="first"),
            _Formula("Yours comes after the second norm.", time="behind the norm"),
            _Formula("Yours comes after the second convolution.", time="last"),
        ),
        _wrong(
            "the time as scale and shift",
            "Here a number for each channel is added; scale and shift are another way, with twice"
            " as many.",
            _Formula(time="scale and shift"),
        ),
        _wrong(
            "the skip missing",
            "The input is added to the result, through a 1 x 1 convolution where the numbers of"
            " channels differ.",
            _Formula(skip="missing"),
            _Formula("It is missing where the numbers of channels differ.", skip="where equal"),
            beside=True,
        ),
        _wrong(
            "a convolution in every skip",
            "Where in and out have as many channels, the input is added as it is: nn.Identity().",
            _Formula(skip="always a convolution"),
        ),
        _wrong(
            "another skip",
            "The input itself is added, before its norm, and the sum is not divided.",
            _Formula("Yours is added after the norm.", skip="normalised"),
            _Formula("Yours is divided by the root of 2.", skip="shrunk"),
            _Formula("Yours is multiplied.", skip="multiplied"),
        ),
        _wrong(
            "an activation missing",
            f"{ORDER} The time passes a SiLU before its linear layer, too.",
            *_in_each(first=None, second=None, of_time=None),
            _Formula("There is none in front of either convolution.", first=None, second=None),
        ),
        _wrong(
            "an activation other than SiLU",
            "SiLU, x sigmoid(x), in all three places.",
            *_other_activations(),
        ),
        _wrong(
            "an activation after the sum",
            "The block ends on the sum: what passes the skip must pass unchanged.",
            *(_Formula(last=kind) for kind in ("Swish", "ReLU")),
            beside=True,
        ),
        _wrong(
            "a norm missing",
            ORDER,
            _Formula("It is the first one.", norms=(None, GROUPS)),
            _Formula("It is the second one.", norms=(GROUPS, None)),
            _Formula("There is none.", norms=(None, None)),
        ),
        _wrong(
            "batch normalisation",
            "It mixes the images of a batch, whose times differ: use nn.GroupNorm.",
            _Formula(norms=("batch", "batch")),
            _Formula(norms=("batch", GROUPS)),
            _Formula(norms=(GROUPS, "batch")),
        ),
        _wrong(
            "another number of groups",
            f"GroupNorm has {GROUPS} groups, whatever the number of channels.",
            *(_Formula(norms=(count, count)) for count in (1, 2, 4, 0)),
            on=UNEQUAL,
        ),
        _wrong(
            "convolution, norm, activation",
            f"In another order than asked for: {ORDER}",
            _Formula(order="post"),
            _Formula(order="post", last="Swish"),
            _Formula(order="post", second=None, last="Swish"),
        ),
        _wrong(
            "a Dropout added",
            "Nothing is random here: the output is noisy during training.",
            *(_Formula(dropout=share) for share in (0.1, 0.5)),
            beside=True,
        ),
        _wrong(
            "kernels of another size",
            "Both convolutions are 3 x 3, with padding 1; that of the skip alone is 1 x 1.",
            _Formula(kernel=1),
            _Formula(kernel=5),
        ),
        _wrong(
            "no bias",
            "Each convolution has a bias, as by default.",
            _Formula(bias=False),
        ),
        Misconception(
            *OVERWRITTEN,
            (lambda *sizes: _Overwrites(*sizes),),
            on=(KEPT,),
        ),
    ),
)
