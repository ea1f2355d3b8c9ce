"""What a test hands to student code: it stays here, is described, and may be asked some things."""

import inspect
import sys
import types

import numpy
import torch
from torch import nn

from autograder.sandbox.inside.describe import describe, keys_in, library_name

LARGEST_INT = 1_000_000
MOST_COPIES = 100
_PLAIN = (bool, int, float, str)


def tree_of(value, link, packer, theirs):
    """The tree under which the sandbox gets a module, an optimiser or a function of ours."""
    if isinstance(value, nn.Module):
        return ["module", describe_module(value, link, theirs)]
    if isinstance(value, torch.optim.Optimizer):
        return ["optimizer", _describe_optimizer(value, link, packer)]
    where = _place_in_torch(value)
    if where:
        return ["torch", *where]
    if callable(value):
        name = str(getattr(value, "__name__", type(value).__name__))
        return ["function", {"id": link.held.hold(value), "name": name}]
    raise TypeError(f"a {type(value).__name__} cannot be handed to a function in the sandbox")


def describe_module(module, link, theirs):
    """The description of a module whose tensors are from now on equal on both sides."""
    about = describe(module, link, theirs)
    for key in keys_in(about):
        link.ledger.track(key)
    return about


def _describe_optimizer(optimizer, link, packer):
    for group in optimizer.param_groups:
        for parameter in group["params"]:
            link.ledger.track(link.ledger.key(parameter))
    return {
        "id": link.held.hold(optimizer),
        "type": type(optimizer).__name__,
        "library": library_name(type(optimizer), torch.optim),
        "groups": packer.encode([dict(group) for group in optimizer.param_groups]),
    }


def _place_in_torch(value):
    """(module, name) of a function or class of torch's own, which the sandbox has as well."""
    if not isinstance(value, (type, types.FunctionType)):
        return None
    module, name = value.__module__ or "", value.__name__
    inside = module == "torch" or module.startswith("torch.")
    found = inside and getattr(sys.modules.get(module), name, None) is value
    return (module, name) if found else None


def callable_for(thing, method):
    """What a request may call: a function, a module, a public method of either's own class.

    method: its name, or None for the thing itself. AttributeError for anything else.
    """
    if isinstance(thing, torch.optim.Optimizer):
        if method in ("step", "zero_grad"):
            return _optimizer_method(thing, method)
    elif method is None:
        return thing
    elif isinstance(thing, nn.Module) and is_public_method(thing, method):
        return getattr(thing, method)
    raise AttributeError(f"'{type(thing).__name__}' object has no attribute '{method}'")


def is_public_method(module, name):
    """Whether `name` is a method that the module's own class defines, beyond those of nn.Module."""
    if type(name) is not str or name.startswith("_") or hasattr(nn.Module, name):
        return False
    return inspect.isfunction(inspect.getattr_static(type(module), name, None))


def public_value(module, name):
    """A plain public attribute of the module; AttributeError when there is none."""
    value = vars(module).get(name) if type(name) is str else None
    if type(value) not in _PLAIN or name.startswith("_"):
        raise AttributeError(f"'{type(module).__name__}' object has no attribute '{name}'")
    return value


def _optimizer_method(optimizer, method):
    def call(groups, *arguments):
        _take_over_groups(optimizer, groups)
        # A look-alike's copies follow: gradients and parameters travel with the answer.
        with torch.enable_grad():
            getattr(optimizer, method)(*arguments)

    return call


def _take_over_groups(optimizer, groups):
    """Settings that student code has changed, such as a learning rate."""
    for ours, theirs in zip(optimizer.param_groups, groups, strict=True):
        for name, value in theirs.items():
            if name in ours and name != "params" and _is_setting(value):
                ours[name] = value


def _is_setting(value):
    parts = value if type(value) is tuple else (value,)
    return all(type(part) in (bool, int, float, type(None)) for part in parts)


def check_sizes(value):
    """ValueError for a number that no test's function should be called with."""
    if isinstance(value, (list, tuple, set)):
        for part in value:
            check_sizes(part)
    elif isinstance(value, dict):
        check_sizes([*value, *value.values()])
    elif isinstance(value, (int, numpy.integer)) and abs(int(value)) > LARGEST_INT:
        raise ValueError(f"the number {str(value)[:30]} is too large")
