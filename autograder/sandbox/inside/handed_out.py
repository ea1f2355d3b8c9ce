"""Proxies that student code gets instead of the functions, modules and optimisers of a test.

The originals stay outside. Here are a callable, an nn.Module with copies of the parameters, and
an Optimizer over those copies. The other side does their computations.
"""

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

import torch
from torch import nn

if TYPE_CHECKING:
    from .agent import Agent


class HandedFunction:
    """A function of the other side, or a `method` of an object there."""

    def __init__(self, link: "Agent", identity: str, name: str, method: str | None = None) -> None:
        self._link, self._target = link, {"object": identity, "method": method}
        self._identity = None if method else identity
        self.__name__ = self.__qualname__ = name

    def __call__(self, *arguments: Any, **keywords: Any) -> Any:
        return self._link.call(self._target, arguments, keywords)

    def __deepcopy__(self, memo: dict[int, Any]) -> "HandedFunction":
        return self

    def __repr__(self) -> str:
        return f"<function {self.__name__}>"


class HandedModule(nn.Module):
    """A module of the other side; its parameters and buffers are kept equal to the originals."""

    def __init__(self, link: "Agent", identity: str) -> None:
        nn.Module.__init__(self)
        self.__dict__["_link"], self.__dict__["_identity"] = link, identity

    def forward(self, *arguments: Any, **keywords: Any) -> Any:
        """Have the other side call the module.

        torch.func.functional_call puts other tensors in the places of the parameters for the time
        of a call: then they are sent along.
        """
        other = {
            name: tensor
            for name, tensor in (*self.named_parameters(), *self.named_buffers())
            if self._link.ledger.tracked_key(tensor) is None
        }
        target = {"object": self._identity}
        if other:
            return self._link.call(
                {**target, "with": list(other)}, (*other.values(), *arguments), keywords
            )
        return self._link.call(target, arguments, keywords)

    def __getattr__(self, name: str) -> Any:
        try:
            return super().__getattr__(name)
        except AttributeError:
            if name.startswith("_") or "_link" not in self.__dict__:
                raise
        body, _ = self._link.ask("attribute", {"object": self._identity, "name": name})
        if body["method"]:
            return HandedFunction(self._link, self._identity, name, method=name)
        return body["value"]

    def __deepcopy__(self, memo: dict[int, Any]) -> nn.Module:
        body, _ = self._link.ask("copy", {"object": self._identity})
        memo[id(self)] = self._link.module_from(body)
        return memo[id(self)]


class HandedOptimizer(torch.optim.Optimizer):
    """An optimiser of the other side, over the copies of its parameters."""

    def __init__(self, link: "Agent", identity: str, groups: Iterable[dict[str, Any]]) -> None:
        torch.optim.Optimizer.__init__(self, groups, {})
        self._link, self._identity = link, identity

    def step(self, closure: Callable[[], Any] | None = None) -> Any:  # type: ignore[override]
        """Take a step on the other side; returns what the closure returned, or None.

        torch declares `step` as overloads, which a proxy need not repeat.
        """
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        self._ask("step")
        return loss

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Clear the gradients on both sides, as torch does."""
        self._ask("zero_grad", bool(set_to_none))

    def _ask(self, method: str, *arguments: Any) -> None:
        groups = [
            {name: value for name, value in group.items() if name != "params"}
            for group in self.param_groups
        ]
        target = {"object": self._identity, "method": method}
        with torch.no_grad():
            self._link.call(target, (groups, *arguments))

    def __repr__(self) -> str:
        return f"{type(self).__name__} (of the test)"
