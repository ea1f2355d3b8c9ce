"""Classes that take the name, and where it matters the type, of the objects they represent."""

import builtins
from collections.abc import Callable
from typing import Any
from weakref import WeakValueDictionary

# Weak: whoever sends names can send ten thousand new ones with every call.
_CLASSES: WeakValueDictionary[tuple[type, str, type | None], type] = WeakValueDictionary()


def safe_name(name: object, otherwise: str) -> str:
    """A class name of at most 60 characters: `name`, or `otherwise` if it is not an identifier."""
    return name[:60] if type(name) is str and name[:60].isidentifier() else otherwise


def dressed(base: type, name: object, library_class: type | None = None) -> type:
    """A subclass of `base` with another name, and of `library_class` too so that isinstance holds.

    The same arguments give the same class, unless it has gone out of use since.
    """
    key = base, safe_name(name, base.__name__), library_class
    found = _CLASSES.get(key)
    if found is None:
        bases = (base,) if library_class is None else (base, library_class)
        found = _CLASSES[key] = type(key[1], bases, {})
    return found


def builtin_exception(name: object) -> type[Exception]:
    """The builtin Exception subclass of this name; Exception for anything else."""
    found = getattr(builtins, name, None) if type(name) is str else None
    if not isinstance(found, type) or not issubclass(found, Exception):
        return Exception
    return Exception if issubclass(found, BaseExceptionGroup) else found


def exception(name: object, bases: tuple[type[Exception], ...], text: str) -> Exception:
    """An exception of a new class with this name and these bases; str() of it is `text`."""
    methods: dict[str, Callable[..., Any]] = {
        "__init__": _init,
        "__str__": lambda self: self.args[0],
        "__reduce__": _reduce,
    }
    try:
        return type(safe_name(name, "Exception"), bases, methods)(text)
    except TypeError:  # bases with incompatible layouts
        return type(safe_name(name, "Exception"), bases[:1], methods)(text)


def _init(self: Exception, text: str) -> None:
    Exception.__init__(self, text)
    self.args = (text,)


def _reduce(self: Exception) -> tuple[type[Exception], tuple[Any, ...]]:
    return Exception, self.args
