"""A class on a Dask cluster: submissions go out as tasks and come back as files.

Dask says where to look, and nothing that it says is believed: a submission is done when its result
lies in the store. So a run that lost nodes, its scheduler or itself goes on from what lies there.
"""

import time
import uuid
from collections import deque
from dataclasses import dataclass

from autograder.cluster.node import LAG_SECONDS, MARK, GradingRun, Order, grade_here, surroundings
from autograder.cluster.schedulers import scheduler
from autograder.grading.recording.store import write_whole
from autograder.grading.running.pool import Failure, is_full, say_nothing
from autograder.sandbox.kernel_limits import Limits
from helpers.errors import CourseError

ATTEMPTS = 3
# Submissions that wait at the scheduler, for each that runs.
AHEAD = 2
TICK_SECONDS = 0.5
# How often the store is asked although Dask has said nothing.
LOOK_SECONDS = 10.0


class Cluster:
    """The Pool of a Dask cluster.

    where: "local", "slurm" or a scheduler's address. options: of schedulers.scheduler().
    """

    def __init__(self, where, *, limits=None, allow_unsandboxed=False, **options):
        self.scheduler = scheduler(where, **options)
        self.limits, self.allow_unsandboxed = limits or Limits(), allow_unsandboxed
        self.tell = say_nothing
        self.count = self.scheduler.count

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.scheduler.close()

    def begin(self):
        """Ask for the nodes; returns when the scheduler answers."""
        self.scheduler.open()

    def run(self, tasks, store, started=lambda task: None):
        """tasks: jobs.Task; yields as Pool.run() does, as files appear."""
        left = []
        for task in tasks:
            outcome = outcome_of(store, task)
            if outcome is None:
                left.append(task)
            else:
                yield task, outcome
        if left:
            yield from self._run(left, store, started)

    def _run(self, tasks, store, started):
        self.begin()
        about = self._about(tasks[0], store)
        waiting = deque(_Sent(task) for task in tasks)
        running, looked = {}, time.monotonic()
        while waiting or running:
            self.scheduler.tend(self.tell)
            while waiting and len(running) < max(1, AHEAD * self.scheduler.threads):
                sent = waiting.popleft()
                if sent.future is None:
                    started(sent.task)
                sent.send(self.scheduler.client, about)
                running[sent.future] = sent
            self.scheduler.wait(running, TICK_SECONDS)
            look = time.monotonic() > looked + LOOK_SECONDS
            looked = time.monotonic() if look else looked
            for future, sent in list(running.items()):
                status = future.status
                if status == "pending" and not look:
                    continue
                outcome = outcome_of(store, sent.task)
                if outcome is None:
                    outcome = _meaning(sent, status)
                if outcome is None:
                    continue
                del running[future]
                if outcome is AGAIN:
                    waiting.append(sent)
                    continue
                if status == "pending":
                    future.cancel()
                yield sent.task, outcome

    def _about(self, task, store):
        """The GradingRun, whose mark is in the store before any node looks for it."""
        mark = uuid.uuid4().hex
        write_whole(store.root / MARK, mark)
        return GradingRun(
            root=store.root.parents[1],
            assignment=task.blueprint.name,
            digest=task.blueprint.digest,
            mark=mark,
            surroundings=surroundings(),
            limits=self.limits,
            allow_unsandboxed=self.allow_unsandboxed,
        )


AGAIN = object()


@dataclass(eq=False)
class _Sent:
    """A task on its way. since: when Dask first called it done and no file was there."""

    task: object
    failed: int = 0
    future: object = None
    since: float | None = None

    def send(self, client, about):
        task = self.task
        order = Order(about, task.student, task.path, task.inputs)
        self.since = None
        self.future = client.submit(grade_here, order, key=f"{task.student}-{uuid.uuid4().hex}")


def outcome_of(store, task):
    """What the files say about a task: an Outcome, a CourseError or None."""
    found = store.run_of(task.inputs)
    if not isinstance(found, dict):
        return None
    if "unreadable" in found:
        return CourseError(found["unreadable"])
    outcome = store.outcome(found.get("key", ""))
    own = [task.remark] if task.remark else []
    return outcome and outcome.with_remarks(*own, *found["remarks"])


def _meaning(sent, status):
    """What it means that there is no file: None to wait, AGAIN, or a Failure.

    Raises what concerns everybody: a node that refuses, a full disk.
    """
    if status == "pending":
        return None
    if status == "finished":
        sent.since = sent.since or time.monotonic()
        if time.monotonic() < sent.since + LAG_SECONDS:
            return None
        reason = "its node wrote no result"
    elif status == "error":
        error = sent.future.exception()
        if isinstance(error, CourseError) or is_full(error):
            raise error
        reason = f"{type(error).__name__}: {error}"[:500]
    else:  # lost or cancelled, with its scheduler
        return AGAIN
    sent.failed += 1
    return Failure(reason) if sent.failed == ATTEMPTS else AGAIN
