"""The checks of a course's assignments: found, loaded, and proven by answers.

An assignment is a folder, solutions/NAME; its checks are the Python package `checks` in it. They
are the instructor's code and run with the instructor's rights, outside the sandbox.
"""

import lazy_loader

# On demand: a grading run reads checks as files, and only its workers load them.
__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__, submod_attrs={"assignment": ["NO_CHECKS", "Checks"], "source": ["Source"]}
)
