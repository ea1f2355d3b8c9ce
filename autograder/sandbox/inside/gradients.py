"""Differentiate through a call on the other side of the wire, to any order.

The side that computed keeps the graph. The other side has a node in its own graph, whose
backward pass asks for a vector-Jacobian product. With create_graph the product is such a node
again.
"""

import itertools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from helpers.graphs import depth, leaves_of

from .ledger import Ledger

if TYPE_CHECKING:
    from .link import Link

HELD_BYTES = 1_000_000_000


@dataclass
class Kept:
    """A graph kept for the other side.

    Attributes:
        inputs: tensors whose gradients the other side can ask for.
        outs: tensors for which the other side can give gradients.
        others: leaves that the other side has no copy of, such as parameters of a closure.
        size: bytes of inputs and outs.
    """

    inputs: list[Tensor]
    outs: list[Tensor]
    others: list[Tensor]
    size: int


class Graphs:
    """The graphs that this side keeps for the other one, by number."""

    def __init__(self) -> None:
        self._kept: dict[int, Kept] = {}
        self._numbers, self._size = itertools.count(), 0

    def keep(
        self, inputs: Sequence[Tensor], outs: Iterable[Tensor], ledger: Ledger
    ) -> dict[str, Any]:
        """Keep the graph from `inputs` to `outs`; returns what attach() needs on the other side.

        Args:
            inputs: leaves of this graph whose originals the other side has.
            outs: results that the other side will receive.
            ledger: of the tensors that both sides have.

        Raises:
            MemoryError: more than HELD_BYTES would be held.
        """
        outs = list(outs)
        known = {id(tensor) for tensor in inputs}
        ends = {id(leaf): leaf for leaf in leaves_of(outs)}
        ends |= {id(tensor): tensor for tensor in outs if tensor.grad_fn is None}
        leaves = [leaf for leaf in ends.values() if id(leaf) not in known]
        keys = [ledger.tracked_key(leaf) for leaf in leaves]
        shared = [key for key in keys if key is not None]
        others = [leaf for leaf, key in zip(leaves, keys, strict=True) if key is None]
        inputs = [*inputs, *(ledger.tensors[key] for key in shared)]
        size = sum(tensor.numel() * tensor.element_size() for tensor in (*inputs, *outs))
        if self._size + size > HELD_BYTES:
            raise MemoryError("too many results are held for a backward pass")
        number = next(self._numbers)
        self._kept[number] = Kept(inputs, outs, others, size)
        self._size += size
        return {
            "graph": number, "shared": shared, "others": bool(others), "depth": depth(outs),
            "unused": [place for place, one in enumerate(inputs) if id(one) not in ends],
        }  # fmt: skip

    def __getitem__(self, number: int) -> Kept:
        if number not in self._kept:
            raise RuntimeError("this graph belongs to a test that has ended")
        return self._kept[number]

    def drop(self, numbers: Iterable[int]) -> None:
        """Forget these graphs; unknown numbers are ignored."""
        for number in numbers:
            kept = self._kept.pop(number, None)
            self._size -= kept.size if kept else 0

    def clear(self) -> None:
        """Forget all graphs."""
        self._kept.clear()
        self._size = 0

    def product(
        self, number: int, given: Mapping[int, Tensor], create: bool
    ) -> list[Tensor | None]:
        """The vector-Jacobian product: a gradient for each input, None if it has none.

        Args:
            number: of the graph.
            given: position of an out -> its gradient, of the same shape.
            create: as create_graph in torch.

        Raises:
            RuntimeError: the graph belongs to a test that has ended.
        """
        kept = self[number]
        wanted = [tensor for tensor in kept.inputs if tensor.requires_grad]
        found: Sequence[Tensor | None] = ()
        if wanted:
            with torch.enable_grad():
                found = torch.autograd.grad(
                    [kept.outs[position] for position in given], wanted, list(given.values()),
                    create_graph=create, retain_graph=True, allow_unused=True,
                )  # fmt: skip
        answers = iter(found)
        return [next(answers) if tensor.requires_grad else None for tensor in kept.inputs]

    def accumulate(self, number: int, given: Mapping[int, Tensor]) -> None:
        """Run the backward pass into the leaves that the other side has no copy of.

        Args:
            number: of the graph.
            given: position of an out -> its gradient, of the same shape.

        Raises:
            RuntimeError: the graph belongs to a test that has ended.
        """
        kept = self[number]
        others = [leaf for leaf in kept.others if leaf.requires_grad]
        outs = [kept.outs[position] for position in given]
        if others:
            torch.autograd.backward(outs, list(given.values()), retain_graph=True, inputs=others)


class Step:
    """What one node of this side's graph knows about the graph kept on the other side.

    Attributes:
        link: this side's end of the conversation.
        number: of the graph kept on the other side.
        depth: of that graph, as the other side says.
        values: the results, until the node is made; then None.
        inputs: this side's tensors that the results depend on.
        for_anchor: gradients that the anchor's hook passes on (see _anchor).
    """

    def __init__(
        self, link: "Link", number: int, values: Sequence[Tensor], inputs: list[Tensor]
    ) -> None:
        self.link, self.number, self.inputs = link, number, inputs
        self.depth = 0
        self.values: Sequence[Tensor] | None = values
        self.for_anchor: dict[int, Tensor] = {}

    def __del__(self) -> None:
        self.link.dropped.append(self.number)


class _Through(torch.autograd.Function):
    @staticmethod
    def forward(ctx, step, *inputs):
        ctx.step = step
        ctx.set_materialize_grads(False)
        # Freed by a backward pass without retain_graph, as in a graph of this process.
        ctx.save_for_backward(torch.empty(0))
        values, step.values = step.values, None
        return tuple(values)

    @staticmethod
    def backward(ctx, *gradients):
        _ = ctx.saved_tensors
        step = ctx.step
        given = {k: gradient for k, gradient in enumerate(gradients) if gradient is not None}
        found = [None] * len(step.inputs)
        if given and step.inputs:
            found = step.link.product(step, given, torch.is_grad_enabled())
        anchored = len(ctx.needs_input_grad) - 1 - len(step.inputs)
        if anchored:
            step.for_anchor = {k: gradient.detach() for k, gradient in given.items()}
        return None, *found, *([torch.zeros(())] * anchored)


def attach(
    link: "Link", graph: Mapping[str, Any], values: Sequence[Tensor], inputs: Sequence[Tensor]
) -> tuple[Tensor, ...]:
    """`values`, which the other side computed from `inputs`, as results in this side's graph.

    Args:
        link: this side's end of the conversation.
        graph: what Graphs.keep() returned on the other side.
        values: the results, without gradients.
        inputs: this side's tensors that were sent as arguments.

    Returns:
        The results, attached to the graph, in the order of `values`.
    """
    inputs = [*inputs, *(link.ledger.tensors[key] for key in graph["shared"])]
    # torch gives no gradient to a view that was changed in place: an argument that is returned.
    values = [one.detach().clone() if one._is_view() else one for one in values]
    step = Step(link, graph["graph"], values, inputs)
    step.depth = int(graph["depth"])
    anchors = [_anchor(step)] if graph["others"] or not inputs else []
    # What the results do not depend on must not hang on their graph.
    unused = set(graph["unused"])
    used = [one.detach() if place in unused else one for place, one in enumerate(inputs)]
    if all(not tensor.requires_grad for tensor in (*used, *anchors)):
        anchors = [_anchor(step)]
    with torch.enable_grad():
        return _Through.apply(step, *used, *anchors)


def _anchor(step: Step) -> Tensor:
    """A leaf of this side that represents all leaves that only the other side has."""

    def pass_on(anchor: Tensor) -> None:
        anchor.grad = None
        given, step.for_anchor = step.for_anchor, {}
        if given:
            step.link.accumulate(step, given)

    anchor = torch.zeros(()).requires_grad_()
    anchor.register_post_accumulate_grad_hook(pass_on)
    return anchor
