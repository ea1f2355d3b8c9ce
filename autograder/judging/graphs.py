"""The autograd graph that a result keeps alive, looked at without running it."""

from collections.abc import Iterable, Iterator
from typing import Any

import torch
from torch import Tensor


def nodes_behind(result: object) -> int:
    """How many nodes of a graph the result keeps alive, the sandbox's own among them."""
    return sum(1 + _elsewhere(node) for node in _nodes(result))


def leads_to(result: object, tensors: Iterable[Tensor]) -> bool:
    """Whether the graph behind the result ends in one of these leaves, such as parameters."""
    wanted = {id(tensor) for tensor in tensors}
    return any(id(getattr(node, "variable", None)) in wanted for node in _nodes(result))


def _nodes(result: object) -> Iterator[Any]:
    """Every node behind a tensor, or behind the tensors of a list."""
    parts = result if isinstance(result, (list, tuple)) else [result]
    found = [part.grad_fn for part in parts if isinstance(part, torch.Tensor) and part.grad_fn]
    seen = set(found)
    while found:
        node = found.pop()
        yield node
        for child, _ in node.next_functions:
            if child is not None and child not in seen:
                seen.add(child)
                found.append(child)


def _elsewhere(node):
    """Nodes in another process, where this one stands for a graph there."""
    return getattr(getattr(node, "step", None), "nodes", 0)
