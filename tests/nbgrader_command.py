"""nbgrader's commands, run in this process."""

import contextlib
import os
from pathlib import Path

import pytest
from nbgrader.tests import run_nbgrader


def nbgrader(root: Path, *arguments: str) -> str:
    """What the command says that is run in the folder `root`."""
    with contextlib.chdir(root), pytest.MonkeyPatch.context() as patch:
        # run_nbgrader leaves a copy in its place, which no patch of an earlier time can undo.
        patch.setattr(os, "environ", os.environ)
        return run_nbgrader(list(arguments))
