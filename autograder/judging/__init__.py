"""How one function of a student's is compared with the truth."""

from importlib import import_module

_HOMES = {
    "Exercise": "exercise",
    "Misconception": "exercise",
    "NotRight": "weigh",
    "Probe": "exercise",
    "Remark": "exercise",
    "Status": "verdict",
    "Verdict": "verdict",
    "judge": "weigh",
    "require_right": "weigh",
}
__all__ = list(_HOMES)


def __getattr__(name):
    """Import on demand: whoever only reads verdicts need not wait for torch."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
