"""What a network of the test is given and gives back, in whatever way student code calls it."""

import inspect
from collections.abc import Callable, Mapping
from typing import Any

from torch import nn


def on_forward(module: nn.Module, look: Callable[[Mapping[str, Any]], object]) -> None:
    """Have `look` see each call of module.forward: {name of a parameter of forward: argument}.

    Hooks would see m(x) alone; this sees m.forward(x), m(x=x), m.__call__(x), functional_call, and
    calls through another module or a copy, too. The names are those of forward, however the
    arguments were given; those that were not given are not there.
    """
    kind = type(module)
    signature = inspect.signature(kind.forward)

    def forward(self, *arguments, **keywords):
        given = dict(signature.bind(self, *arguments, **keywords).arguments)
        given.pop(next(iter(signature.parameters)))
        look(given)
        return kind.forward(self, *arguments, **keywords)

    # A class of its own, of the same name: an attribute of the module would be lost in a copy.
    module.__class__ = type(kind.__name__, (kind,), {"forward": forward})
