"""An exercise is data: probes, a truth, and the wrong formulas that have a name."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import torch

Inputs = dict[str, Any]
Observations = dict[str, Any]


@dataclass(frozen=True)
class Tolerance:
    """|got - truth| <= atol + rtol |truth|: the truth in float64, students in float32."""

    rtol: float = 1e-4
    atol: float = 1e-5


@dataclass(frozen=True)
class Probe:
    """Inputs that separate right from wrong, and what is looked at.

    name: what the student reads, such as "logits (N, 1)".
    draw: torch.Generator -> inputs by name; tensors in float64.
    observe: (callable with the student's signature, inputs) -> observations by name. The
        student's code, the oracle and every misconception go through the same observe, by the
        same lines.
    laws: inputs -> {observation: what it has to be}, for what the oracle cannot give because it
        is random: a Distribution, or an Estimate where an answer may draw and another one not.
        The other observations are compared with the oracle's.
    glance: as observe, for the few observations that cost little. A wrong formula that does not
        reproduce them need not be observed.
    tells: (oracle, inputs) -> whether right and wrong differ on these inputs. Each submission has
        inputs of its own; those on which they do not are drawn anew.
    """

    name: str
    draw: Callable[[torch.Generator], Inputs]
    observe: Callable[[Callable, Inputs], Observations]
    laws: Callable[[Inputs], Observations] = lambda inputs: {}
    glance: Callable[[Callable, Inputs], Observations] | None = None
    tells: Callable[[Callable, Inputs], bool] | None = None


@dataclass(frozen=True)
class Misconception:
    """A named wrong formula.

    name: short, unique within the exercise. sentence: what the student is told.
    formulas: callables with the student's signature; one that reproduces the student's
        observations identifies the misconception. What is random is reproduced by draws that
        look alike.
    on: names of the probes that must be reproduced (all, when empty). A wrong formula is
        known from ordinary inputs, however its author's code behaves on extreme ones.
    laws: {observation: Distribution} of what it draws, where two of its samples do not look alike.
    transform: formula -> formula, for a mistake that can be made with any formula ("halved"). With
        it, the mistake is recognised beside another one: nobody lists the pairs.
    fails_on: names of probes, for a mistake that is known by where it shows, whatever comes there
        ("only for shape (N, 1)"): the first of these fails, others of them may, and those in `on`
        (all others, when empty) do not. Beside another mistake: that one's formula would not fail
        there. It needs no formulas; those that it has say how it fails there. A misconception whose
        formula is right on all of `on` has it by itself.
    """

    name: str
    sentence: str
    formulas: tuple[Callable, ...] = ()
    on: tuple[str, ...] = ()
    laws: Mapping[str, Any] = field(default_factory=dict)
    transform: Callable[[Callable], Callable] | None = None
    fails_on: tuple[str, ...] = ()


@dataclass(frozen=True)
class Part:
    """A term of a loss, or one of several results: it can be right while another one is not.

    name: as a student reads it, such as "the KL half".
    shows: the observations that depend on this part alone, such as "gradient with respect to mu".
    arguments: names of the inputs that the term takes, in its order.
    oracle: the term, a callable of `arguments`. The sum of an exercise's terms is its oracle. None
        for a result: each of its mistakes is then one of the exercise's own misconceptions.
    misconceptions: mistakes in this term; their formulas take `arguments`, and may be those of the
        exercise that asks for the term alone: their `on` is not looked at.
    on: the probes from which a mistake in it is known (all that observe it, when empty).
    """

    name: str
    shows: tuple[str, ...]
    arguments: tuple[str, ...] = ()
    oracle: Callable | None = None
    misconceptions: tuple[Misconception, ...] = ()
    on: tuple[str, ...] = ()


@dataclass(frozen=True)
class Remark:
    """A right answer that could be better: said, and costs nothing.

    shows: name of an observation that is True then. The oracle need not have it.
    """

    shows: str
    sentence: str


@dataclass(frozen=True)
class Alias:
    """How a public course asks for the same function: under another name, with other arguments.

    name: theirs; the exercise's own where only the arguments differ.
    adapt: their function -> one with the exercise's signature.
    course: whose form it is, as the remark says it.
    parameters: names of their parameters; a function with others is not taken for theirs. None:
        the name is enough.

    A form with a truth of its own is an exercise, see Checks.other_forms; another truth that is as
    good, with our arguments, is in Exercise.also_right.
    """

    name: str
    adapt: Callable[[Callable], Callable]
    course: str
    parameters: tuple[str, ...] | None = None


@dataclass(frozen=True)
class Exercise:
    """One function or class that a student writes.

    id: assignment prefix and name, such as "gan-mnist.discriminator_loss".
    truth: the closed form in words, for the documentation table.
    source: paper and equation. points: as in the notebook.
    oracle: the truth as a callable with the student's signature, in float64; where the
        student's code draws, it draws, too.
    also_right: further conventions that are as good (each as a whole, not mixed).
    remarks: what is said of a right answer that has a weakness.
    parts: what the answer consists of. The verdict says which part is right, and names a mistake in
        each of the others.
    open: observations whose right value the notebook says openly, such as "number of parameters":
        then the verdict says it, too.
    aliases: other names and signatures under which `autograder judge` takes an answer.
    on_gpu: whether the notebook may call the answer with tensors on a GPU; a right answer that
        would fail there gets a remark, by the first probe.
    """

    id: str
    truth: str
    source: str
    points: int
    probes: tuple[Probe, ...]
    oracle: Callable
    misconceptions: tuple[Misconception, ...]
    also_right: tuple[Callable, ...] = ()
    tolerance: Tolerance = Tolerance()
    remarks: tuple[Remark, ...] = ()
    parts: tuple[Part, ...] = ()
    open: tuple[str, ...] = ()
    on_gpu: bool = True
    aliases: tuple[Alias, ...] = ()

    def __post_init__(self) -> None:
        if len(set(map(id, self.probes))) < len(self.probes):
            raise ValueError(f"{self.id}: a probe is listed twice; make one like it for each place")

    @property
    def known(self) -> tuple[Misconception, ...]:
        """Every misconception that can be named: its own, then those of its parts."""
        every = (*self.misconceptions, *(m for part in self.parts for m in part.misconceptions))
        return tuple({known.name: known for known in reversed(every)}.values())[::-1]

    @property
    def name(self) -> str:
        """The name that the student's function or class has in the notebook."""
        return self.id.split(".", 1)[1]
