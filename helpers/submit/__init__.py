"""Handing in: look at a notebook as the grader will, and pack it with its models in one zip.

In a terminal: ``python -m helpers.submit gan-mnist``. In a notebook's last cell:
``submit.check_and_pack("gan-mnist")``. ``save_model`` keeps what was trained.
"""

from helpers.submit.archive import pack
from helpers.submit.command import check_and_pack
from helpers.submit.report import Finding, SubmissionReport, look

__all__ = ["Finding", "SubmissionReport", "check_and_pack", "look", "pack", "save_model"]


def __getattr__(name):
    # Handing in needs no torch, which takes seconds to import; a student has no lazy_loader.
    if name == "save_model":
        from helpers.submit.models import save_model

        return save_model
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
