"""Wrong networks with a name, made from the layers of the right one.

Each flaw changes one layer, or all of a kind. A Misconception collects the changes of one family,
and each of its formulas says where it makes the change, which the student is told as well.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from itertools import islice
from typing import Any

import torch
from torch import Tensor

from autograder.judging.exercise import Misconception
from autograder.judging.networks import layers as ls
from autograder.judging.networks.layers import Layer, Layers
from autograder.judging.networks.observers import FUNCTION, SEEDS
from autograder.judging.student_module import FillsItself

ORDINALS = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth")
HIDDEN = ls.Activation, ls.Norm, ls.Pool, ls.Dropout
# (changed layers, where and what was changed)
Change = tuple[Sequence[Layer], str]
Build = Callable[..., Any]


class Flawed:
    """A builder of a wrong network. where: what was changed, for the student."""

    def __init__(self, layers: Build, net: Build, where: str) -> None:
        self.layers, self.net, self.where = layers, net, where

    def __call__(self, *given: Any, seed: int | None = None) -> Any:
        return self.net(self.layers(*given), seed)


def _net(layers: Sequence[Layer], seed: int | None = None) -> ls.Net:
    return ls.Net(layers, seed, torch.float32)


class Flaws:
    """Families of flaws for a network.

    layers: arguments of the student's function -> its layers, in as many ways as are right.
    on: the probes that see the function. net: (layers, seed) -> the network.
    """

    def __init__(
        self,
        *layers: Callable[..., Sequence[Layer]],
        on: tuple[str, ...] = (FUNCTION,),
        net: Callable[..., Any] = _net,
    ) -> None:
        self._every, self._on, self._net = layers, on, net

    def family(
        self,
        name: str,
        sentence: str,
        *changes: Callable[[Layers], Iterable[Change]],
        beside: bool = False,
    ) -> Misconception:
        """One misconception: each change of the layers is one of its formulas.

        beside: whether it is also looked for beside each other flaw, in the first of its changes.
        """
        formulas = []
        for layers in self._every:
            for change in changes:
                # Where, and how many, does not depend on the arguments.
                for number, (_, where) in enumerate(change(tuple(layers()))):
                    formulas.append(Flawed(_changed(layers, change, number), self._net, where))

        def transform(formula):
            if not isinstance(formula, Flawed):
                return formula
            return Flawed(_changed(formula.layers, changes[0], 0), formula.net, formula.where)

        return Misconception(
            name, sentence, tuple(formulas), on=self._on, transform=transform if beside else None
        )

    def missing_activation(self) -> Misconception:
        """One of the hidden activations, or all."""
        return self.family(
            "an activation missing",
            "With no activation in between, two layers in a row are one linear layer.",
            no_activation,
        )

    def dropout_added(self) -> Misconception:
        """A Dropout that nobody asked for."""
        return self.family(
            "a Dropout added",
            "It is not in the table of layers: it makes the output noisy during training.",
            dropout,
            beside=True,
        )

    def no_bias(self) -> Misconception:
        """bias=False."""
        return self.family(
            "no bias",
            "Each linear layer and each convolution has a bias, which the table counts.",
            no_bias,
        )

    def another_width(self, sentence: str) -> Misconception:
        """Another number of units or channels in one place. sentence: what the right ones are."""
        return self.family("another number of units", sentence, width)

    def one_batch_size(self) -> Misconception:
        """A network that is written for batches of one size."""

        def builder(layers, size):
            def build(*given, seed=None):
                return _OneSize(self._net(layers(*given), seed), size)

            return build

        return Misconception(
            "a batch size baked in",
            "It works for one batch size only; reshape with -1 or flatten(1), never with a number.",
            tuple(builder(layers, size) for layers in self._every for size in (128, 4)),
            on=self._on,
        )

    def argument_ignored(self, name: str, *defaults: Any) -> Misconception:
        """A network that is built for the default values, whatever is asked for."""

        def ignoring(layers, net=self._net, where=""):
            return Flawed(lambda *given: layers(*defaults), net, where)

        def transform(formula):
            if not isinstance(formula, Flawed):
                return formula
            return ignoring(formula.layers, formula.net, formula.where)

        return Misconception(
            f"{name} ignored",
            f"{name} is an argument: use it for the sizes, not a number.",
            tuple(ignoring(layers) for layers in self._every),
            on=self._on,
            transform=transform,
        )

    def seed_ignored(self) -> Misconception:
        """Other weights each time, for each seed or for 0, or the same ones for all seeds."""
        used = (lambda seed: _any_seed(), lambda seed: seed or _any_seed(), lambda seed: 0)

        def builder(layers, of):
            return lambda *given, seed=None: ls.Net(layers(*given), of(seed))

        return Misconception(
            "the seed ignored",
            "The same seed gives the same weights: call torch.manual_seed(seed) before the layers"
            " are made. 0 is a seed, too: `if seed is not None:`, not `if seed:`.",
            tuple(builder(layers, of) for layers in self._every for of in used),
            on=(*self._on, SEEDS),
        )


def _any_seed():
    return int(torch.randint(1, 2**31, ()))


def _changed(layers, change, number):
    """A builder of the layers after one of the changes."""
    return lambda *given: next(islice(change(tuple(layers(*given))), number, None))[0]


class _OneSize(FillsItself):
    """A network that takes this number of rows alone."""

    def __init__(self, net: Any, size: int) -> None:
        self._net, self._size = net, size
        for name in ("parameter_count", "fill_parameters", "draw_parameters", "train", "eval"):
            setattr(self, name, getattr(net, name))

    def __call__(self, x: Tensor) -> Any:
        if len(x) != self._size:
            # Without a text: what torch says depends on the reshape that a student has written.
            raise RuntimeError
        return self._net(x)


def named(layers: Layers, place: int) -> str:
    """Such as "the second linear layer"."""
    kind = str(layers[place])
    same = [i for i, one in enumerate(layers) if str(one) == kind and not one.again]
    if len(same) == 1:
        return f"the {kind}"
    return f"the {ORDINALS[same.index(place)]} {kind}"


def after(layers: Layers, place: int) -> str:
    """Where a layer without parameters is: behind which one with parameters."""
    before = [i for i in range(place) if isinstance(layers[i], ls._Matrix)]
    return f"after {named(layers, before[-1])}" if before else "at the beginning"


def places(layers: Layers, kind: type | tuple[type, ...], last: bool = True) -> list[int]:
    """Where there are layers of a kind. last: whether behind the last matrix, too."""
    end = max(i for i, one in enumerate(layers) if isinstance(one, ls._Matrix))
    return [i for i, one in enumerate(layers) if isinstance(one, kind) and (last or i < end)]


def without(layers: Layers, gone: Iterable[int]) -> list[Layer]:
    """The layers but those at these places."""
    left_out = set(gone)
    return [one for i, one in enumerate(layers) if i not in left_out]


def exchanged(layers: Layers, at: Iterable[int], new: Callable[[Any], Layer]) -> list[Layer]:
    """The layers with new(layer) at these places."""
    chosen = set(at)
    return [new(one) if i in chosen else one for i, one in enumerate(layers)]


def _put(new: Layer, old: Layer) -> Layer:
    return new


def _all_and_each(layers: Layers, found: list[int]) -> Iterator[tuple[list[int], str]]:
    """All places, and each alone."""
    if len(found) > 1:
        yield found, "everywhere"
    for place in found:
        yield [place], after(layers, place)


def no_activation(layers: Layers) -> Iterator[Change]:
    """Hidden activations that are missing."""
    found = places(layers, ls.Activation, last=False)
    for gone, where in _all_and_each(layers, found):
        text = "There is none at all" if where == "everywhere" else f"It is missing {where}"
        yield without(layers, gone), f"{text}."


def activation(*kinds: ls.Activation) -> Callable[[Layers], Iterator[Change]]:
    """Hidden activations of other kinds."""

    def change(layers):
        found = places(layers, ls.Activation, last=False)
        for kind in kinds:
            for at, where in _all_and_each(layers, found):
                new = exchanged(layers, at, partial(_put, kind))
                yield new, f"Yours is {kind} {where}."

    return change


def leaky(*slopes: float) -> tuple[ls.Activation, ...]:
    """LeakyReLU of these slopes."""
    return tuple(ls.Activation(kind="LeakyReLU", slope=slope) for slope in slopes)


def kinds(*names: str) -> tuple[ls.Activation, ...]:
    """Activations by name."""
    return tuple(ls.Activation(kind=name) for name in names)


def output(*names: str | None) -> Callable[[Layers], Iterator[Change]]:
    """Another activation behind the last layer, or None for none, batch normalisation, dropout."""

    def change(layers):
        end = max(i for i, one in enumerate(layers) if isinstance(one, ls._Matrix)) + 1
        tail = [one for one in layers[end:] if not isinstance(one, ls.Activation)]
        for name in names:
            extra = [ls.Activation(kind=name)] if name else []
            yield [*layers[:end], *extra, *tail], f"Yours ends on {name or layers[end - 1]}."

    return change


def before_output(*extra: ls.Activation) -> Callable[[Layers], Iterator[Change]]:
    """A hidden activation behind the last matrix, in front of that of the output."""

    def change(layers):
        end = max(i for i, one in enumerate(layers) if isinstance(one, ls._Matrix)) + 1
        for one in extra:
            yield [*layers[:end], one, *layers[end:]], f"Yours has {one} in front of it."

    return change


def pooling(*pools: ls.Pool) -> Callable[[Layers], Iterator[Change]]:
    """Other poolings that give the same sizes."""

    def change(layers):
        for pool in pools:
            for at, where in _all_and_each(layers, places(layers, ls.Pool)):
                new = exchanged(layers, at, partial(_put, pool))
                what = f"{pool} with a window of {pool.size} x {pool.size}"
                yield new, f"Yours is {what} {where}."

    return change


def no_norm(layers: Layers) -> Iterator[Change]:
    """Batch normalisations that are missing."""
    for gone, where in _all_and_each(layers, places(layers, ls.Norm)):
        text = "There is none at all" if where == "everywhere" else f"It is missing {where}"
        yield without(layers, gone), f"{text}."


def norm(**settings: Any) -> Callable[[Layers], Iterator[Change]]:
    """All batch normalisations with other settings."""

    def change(layers):
        at = places(layers, ls.Norm)
        yield exchanged(layers, at, lambda one: replace(one, **settings)), ""

    return change


def moved_norm(layers: Layers) -> Iterator[Change]:
    """Some of the batch normalisations and activations the other way round."""
    pairs = [
        i
        for i in places(layers, HIDDEN, last=False)
        if {type(layers[i]), type(layers[i + 1])} == {ls.Norm, ls.Activation}
    ]
    for place in pairs:
        new = list(layers)
        new[place : place + 2] = new[place + 1], new[place]
        yield new, f"It is the other way round {after(layers, place)}."


def extra_norm(width: int) -> Callable[[Layers], Iterator[Change]]:
    """Batch normalisation right behind the last matrix."""

    def change(layers):
        end = max(i for i, one in enumerate(layers) if isinstance(one, ls._Matrix)) + 1
        yield [*layers[:end], ls.Norm(width=width), *layers[end:]], ""

    return change


def norms_added(*widths: int) -> Callable[[Layers], Iterator[Change]]:
    """Batch normalisation before, or behind, each hidden activation; widths: one for each."""

    def change(layers):
        for behind in (False, True):
            new, left = [], list(widths)
            for i, one in enumerate(layers):
                pair = [one]
                if i in places(layers, ls.Activation, last=False):
                    pair.insert(behind, ls.Norm(width=left.pop(0)))
                new += pair
            yield new, ""

    return change


def dropout(layers: Layers) -> Iterator[Change]:
    """Dropout before the last matrix, in training mode or always."""
    place = places(layers, ls._Matrix)[-1] - 1
    for always in (False, True):
        new = [*layers[: place + 1], ls.Dropout(always=always), *layers[place + 1 :]]
        yield new, "Yours does not even stop in evaluation mode." if always else ""


def no_bias(layers: Layers) -> Iterator[Change]:
    """Layers without their biases."""
    found = places(layers, ls._Matrix)
    yield exchanged(layers, found, lambda one: replace(one, bias=False)), "None of yours has one."
    for place in found:
        new = exchanged(layers, [place], lambda one: replace(one, bias=False))
        yield new, f"It is missing in {named(layers, place)}."


def padding(*sizes: int) -> Callable[[Layers], Iterator[Change]]:
    """Another padding of the first convolution."""

    def change(layers):
        (first, *_) = places(layers, ls.Conv)
        for size in sizes:
            new = exchanged(layers, [first], partial(replace, padding=size))
            yield new, f"Yours is {size}."

    return change


def order(layers: Layers) -> Iterator[Change]:
    """Channels last where rows become maps, or maps rows."""
    for place in places(layers, ls.Flatten):
        if any(isinstance(one, ls.Conv) for one in layers[:place]):
            yield exchanged(layers, [place], lambda one: ls.Flatten(order=(0, 2, 3, 1))), ""
            yield exchanged(layers, [place], lambda one: ls.Flatten(order=(0, 1, 3, 2))), ""
    for place in places(layers, ls.Unflatten):
        c, h, w = layers[place].sizes  # type: ignore[attr-defined]
        last = ls.Unflatten(sizes=(h, w, c), order=(0, 3, 1, 2))
        turned = ls.Unflatten(sizes=(c, w, h), order=(0, 1, 3, 2))
        for new in (last, turned):
            yield exchanged(layers, [place], partial(_put, new)), ""


# Sizes of layers that other networks have.
WIDTHS = (1, 2, 10, 16, 20, 32, 50, 64, 100, 128, 200, 256, 400, 500, 512, 784, 1000, 1024, 2048)


def width(layers: Layers) -> Iterator[Change]:
    """Another number of units or channels after one matrix, which the next one takes."""
    found = places(layers, ls._Matrix)
    for place, following in zip(found, [*found[1:], None], strict=True):
        one: Any = layers[place]
        between = layers[place + 1 : following]
        if any(isinstance(each, ls.Unflatten) for each in between):
            continue  # the sizes of the maps would have to change as well
        for size in WIDTHS:
            if size == one.n_out:
                continue
            new = list(layers)
            new[place] = replace(one, n_out=size)
            for at in range(place + 1, len(layers) if following is None else following):
                if isinstance(layers[at], ls.Norm):
                    new[at] = replace(layers[at], width=size)  # type: ignore[call-arg]
            if following is not None:
                taken = layers[following].n_in // one.n_out * size  # type: ignore[attr-defined]
                new[following] = replace(layers[following], n_in=taken)  # type: ignore[call-arg]
            what = "channels" if isinstance(one, ls.Conv) else "outputs"
            where = named(layers, place)
            yield new, f"{where[0].upper()}{where[1:]} of yours has {size:,} {what}."


def layer_missing(layers: Layers) -> Iterator[Change]:
    """A hidden layer left out, with what follows it; the next one takes its inputs."""
    found = places(layers, ls._Matrix)
    for place, following in zip(found, found[1:], strict=False):
        one, other = layers[place], layers[following]
        if type(one) is type(other) is ls.Linear:
            middle = [
                each for each in layers[place + 1 : following] if not isinstance(each, HIDDEN)
            ]
            wider = replace(other, n_in=one.n_in)  # type: ignore[attr-defined]
            new = [*layers[:place], *middle, wider, *layers[following + 1 :]]
            yield new, f"It is {named(layers, place)}."


def layer_doubled(layers: Layers) -> Iterator[Change]:
    """A hidden layer between equal widths once more: a new one, or the same again."""
    found = places(layers, ls._Matrix)
    for place in found[1:-1]:
        one = layers[place]
        if isinstance(one, ls.Linear) and one.n_in == one.n_out:
            end = found[found.index(place) + 1]
            block = layers[place:end]
            yield [*layers[:end], *block, *layers[end:]], f"It is {named(layers, place)}."


def layer_again(layers: Layers) -> Iterator[Change]:
    """The last layer between equal widths used twice."""
    found = places(layers, ls._Matrix)
    for place in found[1:-1]:
        one = layers[place]
        if isinstance(one, ls.Linear) and one.n_in == one.n_out:
            end = found[found.index(place) + 1]
            rest = [each for each in layers[place + 1 : end]]
            again = replace(one, again=True)
            new = [*layers[:end], again, *rest, *layers[end:]]
            yield new, f"It is {named(layers, place)}."
