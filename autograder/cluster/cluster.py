"""Grade a class on a Dask cluster: submissions go out as tasks and come back as files.

Dask only says when to look: a submission is done when its result is in the store. So a run that
lost nodes, its scheduler or its own process continues from what is there.
"""

import time
import uuid
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, Self

from autograder.cluster.node import LAG_SECONDS, MARK, GradingRun, Order, grade_here, surroundings
from autograder.cluster.schedulers import scheduler
from autograder.grading.preparing.jobs import Task
from autograder.grading.recording.store import Store, write_whole
from autograder.grading.running.outcome import Outcome
from autograder.grading.running.pool import Failure, is_full, say_nothing
from autograder.sandbox.kernel_limits import Limits
from helpers.errors import CourseError

if TYPE_CHECKING:  # an optional dependency
    from distributed import Client, Future

ATTEMPTS = 3
# Submissions sent to the scheduler for each one that can run.
AHEAD = 2
TICK_SECONDS = 0.5
# How often to look into the store even if Dask reports nothing.
LOOK_SECONDS = 10.0


class Cluster:
    """The Pool of a Dask cluster.

    where: "local", "slurm" or a scheduler's address. options: of schedulers.scheduler(), which
    raises CourseError for those that do not fit.
    """

    def __init__(
        self,
        where: str,
        *,
        limits: Limits | None = None,
        allow_unsandboxed: bool = False,
        **options: Any,
    ) -> None:
        self.scheduler = scheduler(where, **options)
        self.limits, self.allow_unsandboxed = limits or Limits(), allow_unsandboxed
        self.tell: Callable[[str], None] = say_nothing
        self.count = self.scheduler.count

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.scheduler.close()

    def begin(self) -> None:
        """Ask for the nodes; returns once the scheduler answers."""
        self.scheduler.open()

    def run(
        self,
        tasks: Sequence[Task],
        store: Store,
        started: Callable[[Task], None] = lambda task: None,
    ) -> Iterator[tuple[Task, Outcome | CourseError | Failure]]:
        """As Pool.run(): yields (task, result) as files appear."""
        left = []
        for task in tasks:
            outcome = outcome_of(store, task)
            if outcome is None:
                left.append(task)
            else:
                yield task, outcome
        if left:
            yield from self._run(left, store, started)

    def _run(
        self, tasks: Sequence[Task], store: Store, started: Callable[[Task], None]
    ) -> Iterator[tuple[Task, Outcome | CourseError | Failure]]:
        self.begin()
        run = self._grading_run(tasks[0], store)
        waiting = deque(_Sent(task) for task in tasks)
        running: dict[Future, _Sent] = {}
        looked = time.monotonic()
        while waiting or running:
            self.scheduler.tend(self.tell)
            while waiting and len(running) < max(1, AHEAD * self.scheduler.threads):
                sent = waiting.popleft()
                if sent.future is None:
                    started(sent.task)
                running[sent.send(self.scheduler.client, run)] = sent
            self.scheduler.wait(running, TICK_SECONDS)
            look = time.monotonic() > looked + LOOK_SECONDS
            looked = time.monotonic() if look else looked
            for future, sent in list(running.items()):
                status = future.status
                if status == "pending" and not look:
                    continue
                outcome = outcome_of(store, sent.task) or _meaning(sent, future)
                if outcome is None:
                    continue
                del running[future]
                if outcome == AGAIN:
                    waiting.append(sent)
                    continue
                if status == "pending":
                    future.cancel()
                yield sent.task, outcome

    def _grading_run(self, task: Task, store: Store) -> GradingRun:
        """The GradingRun, after writing its mark to the store, where nodes look for it."""
        mark = uuid.uuid4().hex
        write_whole(store.root / MARK, mark)
        return GradingRun(
            root=task.blueprint.files.parents[1],
            assignment=task.blueprint.name,
            notebook=task.blueprint.notebook,
            digest=task.blueprint.digest,
            mark=mark,
            surroundings=surroundings(),
            limits=self.limits,
            allow_unsandboxed=self.allow_unsandboxed,
        )


AGAIN: Literal["again"] = "again"


@dataclass(eq=False)
class _Sent:
    """A task on its way. since: when Dask first reported it done without a file in the store."""

    task: Task
    failed: int = 0
    future: "Future | None" = None
    since: float | None = None

    def send(self, client: "Client", run: GradingRun) -> "Future":
        """Submit the task to Dask, for the first time or again."""
        task = self.task
        order = Order(run, task.student, task.path, task.inputs)
        self.since = None
        self.future = client.submit(grade_here, order, key=f"{task.student}-{uuid.uuid4().hex}")
        return self.future


def outcome_of(store: Store, task: Task) -> Outcome | CourseError | None:
    """The result of a task in the store; None if there is none yet."""
    result = store.run_of(task.inputs)
    if not isinstance(result, dict):
        return None
    if "unreadable" in result:
        return CourseError(result["unreadable"])
    outcome = store.outcome(result.get("key", ""))
    own = [task.remark] if task.remark else []
    return outcome and outcome.with_remarks(*own, *result["remarks"])


def _meaning(sent: _Sent, future: "Future") -> Failure | Literal["again"] | None:
    """What to do without a file: None to wait, AGAIN to send the task again, or a Failure.

    Raises an error that affects everybody: a node that refuses, a full disk.
    """
    if future.status == "pending":
        return None
    if future.status == "finished":
        sent.since = sent.since or time.monotonic()
        if time.monotonic() < sent.since + LAG_SECONDS:
            return None
        reason = "its node wrote no result"
    elif future.status == "error":
        error = future.exception()
        if isinstance(error, CourseError) or is_full(error):
            raise error
        reason = f"{type(error).__name__}: {error}"[:500]
    else:  # lost or cancelled, with its scheduler
        return AGAIN
    sent.failed += 1
    return Failure(reason) if sent.failed == ATTEMPTS else AGAIN
