"""Remember what tests compare with, as it was imported, and put it back before a test cell runs.

No notebook has a reason to replace these, so a student who does earns nothing by it. What a
notebook may well replace, such as input, print or a global of its own, is left as it is.
"""

import builtins
import importlib
import math
import sys
import unittest
from collections.abc import Iterable
from types import ModuleType
from typing import Any

# Modules and classes of which every public name is put back.
WHOLE = (
    "numpy.testing",
    "numpy.testing._private.utils",
    "torch.testing",
    "torch.testing._comparison",
    "pandas.testing",
    "pandas._testing",
    "pandas._testing.asserters",
    "helpers.expect",
    "unittest.case:TestCase",
    "IPython.core.interactiveshell:InteractiveShell",
    "ipykernel.zmqshell:ZMQInteractiveShell",
    "IPython.core.inputtransformer2:TransformerManager",
)
BUILTINS = (
    "abs all any bool callable dict enumerate filter float frozenset getattr hasattr hash id int "
    "isinstance issubclass iter len list map max min next range repr reversed round set sorted str "
    "sum tuple type zip BaseException Exception AssertionError"
).split()
COMPARISONS = ("allclose", "isclose", "equal", "array_equal", "array_equiv", "all", "any", "abs")
TENSOR = (*COMPARISONS, "__eq__", "__ne__", "__bool__", "eq", "ne", "item", "tolist")
# The shell itself, which there is none of when the template remembers its class.
STATE = "_instance"
_MISSING = object()

# (holder, name, value): rows that put_back() goes through.
_known: list[tuple[Any, str, Any]] = []
_modules: dict[str, ModuleType] = {}


def remember() -> None:
    """Take down the originals; the template calls it once, after its imports."""
    _known.clear()
    _modules.clear()
    for name in WHOLE:
        holder = _find(name)
        if holder is not None:
            own = [key for key in vars(holder) if not key.startswith("__") and key != STATE]
            _take(holder, own)
            _take_place(name.partition(":")[0])
    _take(builtins, BUILTINS)
    _take(math, ("isclose", "fabs"))
    for name, names in (("numpy", COMPARISONS), ("torch", COMPARISONS), ("torch:Tensor", TENSOR)):
        _take(_find(name), names)
    for name in ("DataFrame", "Series", "Index"):
        _take(_find(f"pandas:{name}"), ("equals", "__eq__", "eq"))
    _take(unittest.TestCase, ("__init__",))


def put_back() -> None:
    """Undo every replacement, in this process."""
    for name, module in _modules.items():
        sys.modules[name] = module
    for holder, name, value in _known:
        if vars(holder).get(name, _MISSING) is not value:
            if value is _MISSING:
                delattr(holder, name)
            else:
                setattr(holder, name, value)


def _take(holder: Any, names: Iterable[str]) -> None:
    if holder is not None:
        _known.extend((holder, name, vars(holder).get(name, _MISSING)) for name in names)


def _take_place(name: str) -> None:
    """Where the module `name` is found: in sys.modules and as an attribute of its package."""
    _modules[name] = sys.modules[name]
    package, _, last = name.rpartition(".")
    if package:
        _modules[package] = sys.modules[package]
        _take(sys.modules[package], (last,))


def _find(name: str) -> Any:
    """The module `a.b`, or the class C in it as `a.b:C`; None if it is not installed."""
    module, _, attribute = name.partition(":")
    try:
        found = importlib.import_module(module)
    except ImportError:
        return None
    return getattr(found, attribute, None) if attribute else found
