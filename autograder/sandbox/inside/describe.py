"""A module in words: the tree of its submodules, with the keys of its tensors and no value."""

from torch import nn

_PLAIN = (bool, int, float, str, type(None))


def describe(module, link, theirs):
    """A JSON tree for `module`, whose parts are held by link.held and named in link.ledger.

    theirs: module -> identity for a module that stands for one of the other side, or None.
    """
    identity = theirs(module)
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
            str(name): describe(child, link, theirs)
            for name, child in module._modules.items()
            if child is not None
        },
    }


def keys_in(tree):
    """The keys of all tensors in a description that have a size."""
    if "yours" in tree:
        return []
    rows = [*tree["parameters"].values(), *tree["buffers"].values()]
    mine = [row[0] for row in rows if row is not None and row[1] is not None]
    return mine + [key for child in tree["children"].values() for key in keys_in(child)]


def library_name(cls, library):
    """The name of the first class among the bases of `cls` that `library` exports, or None."""
    for base in cls.__mro__:
        if getattr(library, base.__name__, None) is base and base is not nn.Module:
            return base.__name__
    return None


def _rows(tensors, ledger):
    """name -> [key, shape, dtype, requires_grad]; shape None while a lazy layer waits for it."""
    return {str(name): None if t is None else _row(t, ledger) for name, t in tensors.items()}


def _row(tensor, ledger):
    lazy = nn.parameter.is_lazy(tensor)
    shape = None if lazy else list(tensor.shape)
    dtype = str(tensor.dtype).removeprefix("torch.")
    return ["" if lazy else ledger.key(tensor), shape, dtype, bool(tensor.requires_grad)]


def _settings(module):
    """Public plain attributes of torch's own layers, such as in_features and kernel_size."""
    if not type(module).__module__.startswith("torch.nn."):
        return {}
    return {
        name: value
        for name, value in vars(module).items()
        if not name.startswith("_") and name != "training" and _is_plain(value)
    }


def _is_plain(value):
    if type(value) is tuple:
        return all(type(part) in _PLAIN for part in value)
    return type(value) in _PLAIN


def settings_of(about, cls):
    """The settings in a description that hide nothing of the class they are for."""
    return {
        name: tuple(value) if type(value) is list else value
        for name, value in about["settings"].items()
        if name.isidentifier() and not name.startswith("_") and not hasattr(cls, name)
        if _is_plain(tuple(value) if type(value) is list else value)
    }
