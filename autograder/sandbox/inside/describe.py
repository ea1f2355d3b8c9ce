"""Describe a module as JSON: the tree of its submodules, with keys of tensors but no values."""

from collections.abc import Callable, Mapping
from types import ModuleType
from typing import TYPE_CHECKING, Any

from torch import Tensor, nn

from .ledger import Ledger

if TYPE_CHECKING:
    from .link import Link

# As written by describe(); what comes from the other side is checked where it is read.
Description = dict[str, Any]

_PLAIN = (bool, int, float, str, type(None))


def describe(
    module: nn.Module, link: "Link", identity_of: Callable[[object], str | None]
) -> Description:
    """A JSON tree for `module`; its parts get identities in link.held and keys in link.ledger.

    Args:
        module: the module to describe.
        link: this side's end of the conversation.
        identity_of: the other side's identity of the module that a module here represents;
            None for a module of this side.
    """
    identity = identity_of(module)
    if identity is not None:
        return {"yours": identity}
    identity = link.held.hold(module)
    link.ledger.follow(identity, module)
    return {
        "id": identity,
        "type": type(module).__name__[:60],
        "library": library_name(type(module), nn),
        "settings": _settings(module),
        "training": bool(module.training),
        "parameters": _rows(module._parameters, link.ledger),
        "buffers": _rows(module._buffers, link.ledger),
        "children": {
            str(name): describe(child, link, identity_of)
            for name, child in module._modules.items()
            if child is not None
        },
    }


def keys_in(description: Description) -> list[str]:
    """The keys of all tensors in a description that have a size."""
    if "yours" in description:
        return []
    rows = [*description["parameters"].values(), *description["buffers"].values()]
    own = [row[0] for row in rows if row is not None and row[1] is not None]
    return own + [key for child in description["children"].values() for key in keys_in(child)]


def library_name(cls: type, library: ModuleType) -> str | None:
    """The name of the first class among the bases of `cls` that `library` exports, or None."""
    for base in cls.__mro__:
        if getattr(library, base.__name__, None) is base and base is not nn.Module:
            return base.__name__
    return None


def _rows(tensors: Mapping[str, Tensor | None], ledger: Ledger) -> dict[str, list[Any] | None]:
    """name -> [key, shape, dtype, requires_grad]; shape is None while a lazy layer has none."""
    return {str(name): None if t is None else _row(t, ledger) for name, t in tensors.items()}


def _row(tensor: Tensor, ledger: Ledger) -> list[Any]:
    lazy = nn.parameter.is_lazy(tensor)
    shape = None if lazy else list(tensor.shape)
    dtype = str(tensor.dtype).removeprefix("torch.")
    return ["" if lazy else ledger.key(tensor), shape, dtype, bool(tensor.requires_grad)]


def _settings(module: nn.Module) -> dict[str, Any]:
    """Public plain attributes of torch's own layers, such as in_features and kernel_size."""
    if not type(module).__module__.startswith("torch.nn."):
        return {}
    return {
        name: value
        for name, value in vars(module).items()
        if not name.startswith("_") and name != "training" and _is_plain(value)
    }


def _is_plain(value: object) -> bool:
    if type(value) is tuple:
        return all(type(part) in _PLAIN for part in value)
    return type(value) in _PLAIN


def settings_of(description: Description, cls: type) -> dict[str, Any]:
    """The settings in a description that hide no attribute of `cls`, the class they are for."""
    return {
        name: tuple(value) if type(value) is list else value
        for name, value in description["settings"].items()
        if name.isidentifier() and not name.startswith("_") and not hasattr(cls, name)
        if _is_plain(tuple(value) if type(value) is list else value)
    }
