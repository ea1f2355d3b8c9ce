"""What student code gets in place of the functions, modules and optimisers of a test.

They stay outside. Here is a callable, an nn.Module with copies of the parameters, or an
Optimizer over those copies; whatever they compute is asked of the other side.
"""

import torch
from torch import nn


class HandedFunction:
    """A callable of the other side."""

    def __init__(self, link, identity, name, method=None):
        self._link, self._target = link, {"object": identity, "method": method}
        self._identity = None if method else identity
        self.__name__ = self.__qualname__ = name

    def __call__(self, *arguments, **keywords):
        return self._link.call(self._target, arguments, keywords)

    def __deepcopy__(self, memo):
        return self

    def __repr__(self):
        return f"<function {self.__name__}>"


class HandedModule(nn.Module):
    """A module of the other side; its parameters and buffers are kept equal to the originals."""

    def __init__(self, link, identity):
        nn.Module.__init__(self)
        self.__dict__["_link"], self.__dict__["_identity"] = link, identity

    def forward(self, *arguments, **keywords):
        return self._link.call({"object": self._identity}, arguments, keywords)

    def __getattr__(self, name):
        try:
            return super().__getattr__(name)
        except AttributeError:
            if name.startswith("_") or "_link" not in self.__dict__:
                raise
        body, _ = self._link.ask("attribute", {"object": self._identity, "name": name})
        if body["method"]:
            return HandedFunction(self._link, self._identity, name, method=name)
        return body["value"]

    def __deepcopy__(self, memo):
        body, _ = self._link.ask("copy", {"object": self._identity})
        memo[id(self)] = self._link.module_from(body)
        return memo[id(self)]


class HandedOptimizer(torch.optim.Optimizer):
    """An optimiser of the other side, over the copies of its parameters."""

    def __init__(self, link, identity, groups):
        torch.optim.Optimizer.__init__(self, groups, {})
        self._link, self._identity = link, identity

    def step(self, closure=None):
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        self._ask("step")
        return loss

    def zero_grad(self, set_to_none=True):
        self._ask("zero_grad", bool(set_to_none))

    def _ask(self, method, *arguments):
        groups = [
            {name: value for name, value in group.items() if name != "params"}
            for group in self.param_groups
        ]
        target = {"object": self._identity, "method": method}
        with torch.no_grad():
            self._link.call(target, (groups, *arguments))

    def __repr__(self):
        return f"{type(self).__name__} (of the test)"
