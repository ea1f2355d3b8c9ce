"""The autograd graph that a result keeps alive, looked at without running it."""

from collections.abc import Iterable, Iterator
from typing import Any

import torch
from torch import Tensor


def depth(result: object) -> int:
    """Return the length of the longest chain of operations behind a tensor, or a list of them.

    0 for a result that is cut off. A loop whose results remember all steps gets deeper with each.
    """
    longest: dict[Any, int] = {}
    for node, done in _walk(result):
        if done:
            below = (longest[child] for child, _ in node.next_functions if child is not None)
            longest[node] = 1 + _depth_elsewhere(node) + max(below, default=0)
    return max(longest.values(), default=0)


def leads_to(result: object, leaves: Iterable[Tensor]) -> bool:
    """Return whether the graph behind a result ends in one of these leaves, say parameters."""
    wanted = {id(leaf) for leaf in leaves}
    return any(id(leaf) in wanted for leaf in leaves_of(result))


def leaves_of(result: object) -> list[Tensor]:
    """Return the leaves in which the graph behind a result ends, each once."""
    ends = (getattr(node, "variable", None) for node, done in _walk(result) if done)
    return list({id(leaf): leaf for leaf in ends if isinstance(leaf, torch.Tensor)}.values())


def _walk(result: object) -> Iterator[tuple[Any, bool]]:
    """(node, whether all nodes behind it have been given) of a graph, each node twice."""
    parts = result if isinstance(result, (list, tuple)) else [result]
    nodes = [getattr(part, "grad_fn", None) for part in parts if isinstance(part, torch.Tensor)]
    stack = [(node, False) for node in nodes if node is not None]
    seen = set()
    while stack:
        node, done = stack.pop()
        if not done:
            if node in seen:
                continue
            seen.add(node)
            stack.append((node, True))
            stack += [(child, False) for child, _ in node.next_functions if child is not None]
        yield node, done


def _depth_elsewhere(node: Any) -> int:
    """How deep the graph is in another process, where this node stands for one there."""
    return getattr(getattr(node, "step", None), "depth", 0)
