"""Pass a test's modules, optimisers and functions to student code, and serve its calls of them.

They stay in the trusted process. The sandbox gets descriptions and may ask for a few things.
"""

import inspect
import sys
import types
from collections.abc import Callable
from typing import Any

import numpy
import torch
from torch import nn

from autograder.sandbox.inside.describe import Description, describe, keys_in, library_name
from autograder.sandbox.inside.link import Link
from autograder.sandbox.inside.values import Packer, Tree

# The sandbox's identity of the object that a proxy represents; None for any other object.
IdentityOf = Callable[[object], str | None]

LARGEST_INT = 1_000_000
MOST_COPIES = 100
_PLAIN = (bool, int, float, str)


def tree_of(value: Any, link: Link, packer: Packer, identity_of: IdentityOf) -> Tree:
    """The tree that describes a module, an optimiser or a callable of ours to the sandbox.

    Raises:
        TypeError: it is none of these.
    """
    if isinstance(value, nn.Module):
        return ["module", describe_module(value, link, identity_of)]
    if isinstance(value, torch.optim.Optimizer):
        return ["optimizer", _describe_optimizer(value, link, packer)]
    name_in_torch = _name_in_torch(value)
    if name_in_torch:
        return ["torch", *name_in_torch]
    if callable(value):
        name = str(getattr(value, "__name__", type(value).__name__))
        return ["function", {"id": link.held.hold(value), "name": name}]
    raise TypeError(f"a {type(value).__name__} cannot be passed to a function in the sandbox")


def describe_module(module: nn.Module, link: Link, identity_of: IdentityOf) -> Description:
    """The description of a module, whose tensors are kept equal on both sides from now on."""
    description = describe(module, link, identity_of)
    for key in keys_in(description):
        link.ledger.track(key)
    return description


def _describe_optimizer(
    optimizer: torch.optim.Optimizer, link: Link, packer: Packer
) -> Description:
    for group in optimizer.param_groups:
        for parameter in group["params"]:
            link.ledger.track(link.ledger.key(parameter))
    return {
        "id": link.held.hold(optimizer),
        "type": type(optimizer).__name__,
        "library": library_name(type(optimizer), torch.optim),
        "groups": packer.encode([dict(group) for group in optimizer.param_groups]),
    }


def _name_in_torch(value: object) -> tuple[str, str] | None:
    """(module, name) of a function or class that torch defines, which the sandbox has too."""
    if not isinstance(value, (type, types.FunctionType)):
        return None
    module, name = value.__module__ or "", value.__name__
    inside = module == "torch" or module.startswith("torch.")
    public = inside and getattr(sys.modules.get(module), name, None) is value
    return (module, name) if public else None


def callable_for(thing: Any, method: str | None) -> Callable[..., Any]:
    """What a request may call: a function, a module, its methods, an optimiser's two methods.

    Args:
        thing: an object of ours that the sandbox knows.
        method: a public method that the module's class defines; `step` or `zero_grad` of an
            optimiser; None for the thing itself.

    Raises:
        AttributeError: any other method.
    """
    if isinstance(thing, torch.optim.Optimizer):
        if method in ("step", "zero_grad"):
            return _optimizer_method(thing, method)
    elif method is None:
        return thing
    elif isinstance(thing, nn.Module) and is_public_method(thing, method):
        return getattr(thing, method)
    raise AttributeError(f"'{type(thing).__name__}' object has no attribute '{method}'")


def with_tensors(module: Any, names: object) -> Callable[..., Any]:
    """A module with other tensors for some parameters, which come before its arguments.

    Raises:
        TypeError: it is no module, or the names are none of its parameters' and buffers'.
    """
    known = isinstance(module, nn.Module) and {
        name for name, _ in (*module.named_parameters(), *module.named_buffers())
    }
    if not known or not isinstance(names, list) or not set(names) <= known:
        raise TypeError("there are no such parameters")

    def call(*arguments: Any, **keywords: Any) -> Any:
        tensors = dict(zip(names, arguments, strict=False))
        return torch.func.functional_call(module, tensors, arguments[len(names) :], keywords)

    return call


def is_public_method(module: nn.Module, name: object) -> bool:
    """Whether the module's class defines a public method `name` that nn.Module does not have."""
    if type(name) is not str or name.startswith("_") or hasattr(nn.Module, name):
        return False
    return inspect.isfunction(inspect.getattr_static(type(module), name, None))


def public_value(module: nn.Module, name: object) -> Any:
    """A plain public attribute of the module, or of its class.

    Raises:
        AttributeError: there is none of this name.
    """
    if type(name) is str and not name.startswith("_"):
        of_class = inspect.getattr_static(type(module), name, None)
        value = vars(module).get(name, of_class)
        if type(value) in _PLAIN:
            return value
    raise AttributeError(f"'{type(module).__name__}' object has no attribute '{name}'")


def _optimizer_method(optimizer: torch.optim.Optimizer, method: str) -> Callable[..., None]:
    def call(groups: list[dict[str, Any]], *arguments: Any) -> None:
        _apply_groups(optimizer, groups)
        # The answer carries the changed gradients and parameters to the proxy.
        with torch.enable_grad():
            getattr(optimizer, method)(*arguments)

    return call


def _apply_groups(optimizer: torch.optim.Optimizer, groups: list[dict[str, Any]]) -> None:
    """Apply settings that student code has changed, such as a learning rate."""
    for ours, theirs in zip(optimizer.param_groups, groups, strict=True):
        for name, value in theirs.items():
            if name in ours and name != "params" and _is_setting(value):
                ours[name] = value


def _is_setting(value: object) -> bool:
    parts: Any = value if type(value) is tuple else (value,)
    return all(type(part) in (bool, int, float, type(None)) for part in parts)


def check_sizes(value: object) -> None:
    """Check the numbers in a request's arguments.

    Raises:
        ValueError: one is beyond LARGEST_INT, with which no test's function should be called.
    """
    if isinstance(value, (list, tuple, set)):
        for part in value:
            check_sizes(part)
    elif isinstance(value, dict):
        check_sizes([*value, *value.values()])
    elif isinstance(value, (int, numpy.integer)) and abs(int(value)) > LARGEST_INT:
        raise ValueError(f"the number {str(value)[:30]} is too large")
