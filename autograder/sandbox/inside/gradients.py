"""Gradients through a call on the other side of the wire, of any order.

The side that computed keeps the graph; the other side holds a node in its own graph, whose
backward pass asks for a vector-Jacobian product. With create_graph the product is such a node
again.
"""

import itertools
from dataclasses import dataclass

import torch

HELD_BYTES = 1_000_000_000


@dataclass
class Kept:
    """A graph kept for the other side: inputs and outs are what it can ask about.

    others: leaves that the other side has no copy of, such as parameters of a closure.
    """

    inputs: list
    outs: list
    others: list
    size: int


class Graphs:
    """The graphs that this side keeps for the other one, by number."""

    def __init__(self):
        self._kept, self._numbers, self._size = {}, itertools.count(), 0

    def keep(self, inputs, outs, ledger):
        """Returns what the other side must know to build its node.

        inputs: leaves of this graph whose originals the other side has. MemoryError when more
        than HELD_BYTES are held.
        """
        known = {id(tensor) for tensor in inputs}
        leaves = [leaf for leaf in leaves_of(outs) if id(leaf) not in known]
        keys = [ledger.tracked_key(leaf) for leaf in leaves]
        shared = [key for key in keys if key is not None]
        others = [leaf for leaf, key in zip(leaves, keys, strict=True) if key is None]
        inputs = [*inputs, *(ledger.tensors[key] for key in shared)]
        size = sum(tensor.numel() * tensor.element_size() for tensor in (*inputs, *outs))
        if self._size + size > HELD_BYTES:
            raise MemoryError("too many results are held for a backward pass")
        number = next(self._numbers)
        self._kept[number] = Kept(inputs, list(outs), others, size)
        self._size += size
        return {"graph": number, "shared": shared, "others": bool(others)}

    def __getitem__(self, number):
        if number not in self._kept:
            raise RuntimeError("this graph belongs to a test that has ended")
        return self._kept[number]

    def drop(self, numbers):
        for number in numbers:
            kept = self._kept.pop(number, None)
            self._size -= kept.size if kept else 0

    def clear(self):
        self._kept.clear()
        self._size = 0

    def product(self, number, given, create):
        """Gradients of each input, None where there is none. given: out's position -> gradient."""
        kept = self[number]
        wanted = [tensor for tensor in kept.inputs if tensor.requires_grad]
        found = [None] * len(wanted)
        if wanted:
            with torch.enable_grad():
                found = torch.autograd.grad(
                    [kept.outs[position] for position in given], wanted, list(given.values()),
                    create_graph=create, retain_graph=True, allow_unused=True,
                )  # fmt: skip
        answers = iter(found)
        return [next(answers) if tensor.requires_grad else None for tensor in kept.inputs]

    def accumulate(self, number, given):
        """The backward pass into the leaves that the other side has no copy of."""
        kept = self[number]
        others = [leaf for leaf in kept.others if leaf.requires_grad]
        outs = [kept.outs[position] for position in given]
        if others:
            torch.autograd.backward(outs, list(given.values()), retain_graph=True, inputs=others)


def leaves_of(outs):
    """The leaves that a backward pass from `outs` would reach, each once."""
    nodes = [tensor.grad_fn for tensor in outs if tensor.grad_fn is not None]
    found = {id(tensor): tensor for tensor in outs if tensor.grad_fn is None}
    seen = set(nodes)
    while nodes:
        node = nodes.pop()
        leaf = getattr(node, "variable", None)
        if isinstance(leaf, torch.Tensor):
            found[id(leaf)] = leaf
        for child, _ in node.next_functions:
            if child is not None and child not in seen:
                seen.add(child)
                nodes.append(child)
    return list(found.values())


class Step:
    """One node's knowledge: link is the way to the other side, number the graph kept there."""

    def __init__(self, link, number, values, inputs):
        self.link, self.number, self.values, self.inputs = link, number, values, inputs
        self.for_anchor = {}

    def __del__(self):
        self.link.dropped.append(self.number)


class _Through(torch.autograd.Function):
    @staticmethod
    def forward(ctx, step, *inputs):
        ctx.step = step
        ctx.set_materialize_grads(False)
        # Gone after a backward pass without retain_graph, as in a graph of this process.
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


def attach(link, about, values, inputs):
    """`values`, which the other side computed from `inputs`, as results in this side's graph.

    about: what Graphs.keep() said there. Returns the tensors in the order of values.
    """
    inputs = [*inputs, *(link.ledger.tensors[key] for key in about["shared"])]
    step = Step(link, about["graph"], values, inputs)
    anchors = [_anchor(step)] if about["others"] or not inputs else []
    with torch.enable_grad():
        return _Through.apply(step, *inputs, *anchors)


def _anchor(step):
    """A leaf of this side that stands for all leaves which only the other side has."""

    def pass_on(anchor):
        anchor.grad = None
        given, step.for_anchor = step.for_anchor, {}
        if given:
            step.link.accumulate(step, given)

    anchor = torch.zeros(()).requires_grad_()
    anchor.register_post_accumulate_grad_hook(pass_on)
    return anchor
