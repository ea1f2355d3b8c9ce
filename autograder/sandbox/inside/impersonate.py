"""Classes that carry the name, and where it matters the type, of what they stand for."""

import builtins

_CLASSES = {}


def safe_name(name, otherwise):
    """A class name: an identifier of at most 60 characters."""
    return name[:60] if type(name) is str and name[:60].isidentifier() else otherwise


def dressed(base, name, library_class=None):
    """`base` under another name; also a kind of `library_class`, so that isinstance holds."""
    key = base, name, library_class
    if key not in _CLASSES:
        bases = (base,) if library_class is None else (base, library_class)
        _CLASSES[key] = type(safe_name(name, base.__name__), bases, {})
    return _CLASSES[key]


def builtin_exception(name):
    """The builtin Exception subclass of this name; Exception for anything else."""
    found = getattr(builtins, name, None) if type(name) is str else None
    plain = isinstance(found, type) and issubclass(found, Exception)
    return found if plain and not issubclass(found, BaseExceptionGroup) else Exception


def exception(name, bases, text):
    """An exception of a class made for it: its name, its bases, and str() giving the text."""
    found = {"__init__": _init, "__str__": lambda self: self.args[0], "__reduce__": _reduce}
    try:
        return type(safe_name(name, "Exception"), bases, found)(text)
    except TypeError:  # bases with incompatible layouts
        return type(safe_name(name, "Exception"), bases[:1], found)(text)


def _init(self, text):
    Exception.__init__(self, text)
    self.args = (text,)


def _reduce(self):
    return Exception, self.args
