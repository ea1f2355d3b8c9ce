"""Import nbgrader without its extensions of the Jupyter server, which take half a second.

For processes that are no Jupyter server. Whoever needs an extension can import it later.
"""

import importlib
import sys
from functools import partial
from types import ModuleType
from typing import Any

import autograder.skipped_imports  # noqa: F401 (before anything that imports jsonschema)

# What nbgrader's own __init__ imports for a server.
EXTENSIONS = tuple(
    f"nbgrader.server_extensions.{name}"
    for name in ("assignment_list", "course_list", "validate_assignment", "formgrader")
)


def _load(name: str, app: Any) -> None:
    """Load an extension after all, into a server in whose process nbgrader is there already."""
    importlib.import_module(name).load_jupyter_server_extension(app)


def _import() -> None:
    if "nbgrader" in sys.modules:
        return
    for name in EXTENSIONS:
        sys.modules[name] = ModuleType(name)
        sys.modules[name].load_jupyter_server_extension = partial(_load, name)  # type: ignore[attr-defined]
    try:
        importlib.import_module("nbgrader")
    finally:
        for name in EXTENSIONS:
            del sys.modules[name]


_import()
