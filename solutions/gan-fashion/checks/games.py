"""The three forms of a loss: both halves in one function, or each half alone."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import torch
from torch import Tensor

from autograder.judging import Exercise, Misconception, Part, Probe, Remark
from autograder.judging.exercise import Inputs

FORMS = {"both": "", "d": "_d", "g": "_g"}
PLAYERS = {"d": "the discriminator", "g": "the generator"}
Options = Mapping[str, Any]


def in_form(
    form: str,
    d_half: Callable[[], Tensor],
    g_half: Callable[[], Tensor],
    swapped: bool = False,
) -> Tensor | tuple[Tensor, Tensor]:
    """What a loss returns in one of the FORMS; a half that nobody asks for is not computed."""
    if form != "both":
        return d_half() if form == "d" else g_half()
    losses = d_half(), g_half()
    return losses[::-1] if swapped else losses


class Flaw:
    """A mistake in a loss of two halves: the options under which the loss makes it.

    d, g: options that make one half wrong. whole: options that make each half wrong.
    pair: options that only the joint function has. Each is one mapping, or several.
    beside: options under which any other wrong loss makes this mistake as well, in the half "d"
    or "g"; the mistake is then recognised beside another one of that half.
    """

    def __init__(
        self,
        name: str,
        sentence: str,
        *,
        d: Options | Sequence[Options] = (),
        g: Options | Sequence[Options] = (),
        whole: Options | Sequence[Options] = (),
        pair: Options | Sequence[Options] = (),
        beside: Mapping[str, Options] | None = None,
        on: tuple[str, ...] = (),
    ) -> None:
        self.name, self.sentence, self.on = name, sentence, on
        self.d, self.g, self.whole, self.pair = map(_several, (d, g, whole, pair))
        self.beside = beside or {}

    def misconception(self, loss: Callable, form: str, probes: set[str]) -> Misconception:
        """The Misconception in this form; it has no formulas where the mistake does not show."""
        options = {
            # A mistake in each half, by one name, is found half by half.
            "both": [*self.d, *self.g, *self.whole, *self.pair],
            "d": [*self.d, *self.whole],
            "g": [*self.g, *self.whole],
        }
        formulas = tuple(partial(loss, form=form, **each) for each in options[form])
        on = tuple(name for name in self.on if name in probes)
        more = self.beside.get("d" if form == "both" else form)
        transform = partial(_with, more) if more else None
        return Misconception(self.name, self.sentence, formulas, on=on, transform=transform)


def _with(options, formula):
    """The formula, a loss with options, with further ones."""
    return partial(formula, **options)


def _several(options):
    return (options,) if isinstance(options, Mapping) else tuple(options)


def exercise(
    name: str,
    form: str,
    *,
    truth_in_words: Mapping[str, str],
    source: str,
    points: int,
    probes: Sequence[Callable[[str], Probe | None]],
    loss: Callable,
    flaws: Sequence[Flaw],
    places: tuple[Misconception, ...] = (),
    remarks: tuple[Remark, ...] = (),
) -> Exercise:
    """The exercise in one of its FORMS.

    probes: functions of the form that return a Probe, or None where there is nothing to see.
    loss: the truth, with the student's signature and the options of the flaws.
    places: mistakes that are known by the probes on which they show.
    """
    shown = tuple(probe for make in probes if (probe := make(form)))
    known = (flaw.misconception(loss, form, {probe.name for probe in shown}) for flaw in flaws)
    return Exercise(
        id=f"gan-fashion.{name}{FORMS[form]}",
        truth=truth_in_words[form],
        source=source,
        points=points,
        probes=shown,
        oracle=partial(loss, form=form),
        parts=tuple(map(_half, PLAYERS)) if form == "both" else (),
        misconceptions=(*(one for one in known if one.formulas), *places),
        remarks=remarks,
    )


def _half(key):
    whose = PLAYERS[key]
    return Part(f"the loss of {whose}", (f"{key}_loss", f"gradient of {key}_loss for {whose}"))


def losses_probe(
    name: str, draw: Callable[[torch.Generator], Inputs], observe: Callable
) -> Callable[[str], Probe]:
    """A probe of each form. observe: of losses, with the options `which` and `gradients`."""

    def in_this(form):
        glance = partial(observe, which=form, gradients=False)
        return Probe(name, draw, partial(observe, which=form), glance=glance)

    return in_this
