"""One template for the classes that a process of pytest grades, instead of one for each.

Starting a template, which imports torch, costs more than all that most of these classes run in it.
"""

import contextlib
import os

import pytest

from autograder.grading.running import workers
from autograder.grading.running.workers import SharedTemplate
from autograder.sandbox import isolation as isolations
from autograder.sandbox import template

# With the data and without.
MOST = 2
# A template that imports what a kernel needs, and not what its first cells would: a second and a
# half less.
COLD = """
from course_inside import first_step, template
template.LATER_IMPORTS = ("ipykernel.ipkernel", "ipykernel.kernelapp")
first_step.take = lambda: None
template.main()
"""


class Lent:
    """A SharedTemplate whose close() leaves the template to the next class."""

    kept: dict[tuple, SharedTemplate] = {}

    def __init__(self, isolation):
        self.isolation, self.its = isolation, None

    @property
    def template(self):
        return self.its.template

    def begin(self):
        if self.its is not None:
            return
        # What a template depends on.
        folders = tuple(map(str, isolations._python_folders()))
        key = (self.isolation, str(workers.data_folder()), os.environ.get("TZ"), folders)
        if key in self.kept:
            self.its = self.kept.pop(key)
            self.its.wait()
            self.its.mend()
        else:
            while len(self.kept) >= MOST:
                self.kept.pop(next(iter(self.kept))).close()
            self.its = SharedTemplate(self.isolation)
            self.its.begin()
        self.kept[key] = self.its

    def wait(self):
        self.its.wait()

    def mend(self):
        self.its.mend()

    def close(self):
        pass


@contextlib.contextmanager
def lent():
    """Inside, Workers borrow their template."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(workers, "SharedTemplate", Lent)
        yield
    while Lent.kept:
        Lent.kept.popitem()[1].close()


@contextlib.contextmanager
def own():
    """Inside lent(), Workers that start and end a template of their own, as anywhere else."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(workers, "SharedTemplate", SharedTemplate)
        yield


@contextlib.contextmanager
def cold():
    """Inside, templates start as COLD says: those that one test uses, for something else."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(template, "START", COLD)
        yield
