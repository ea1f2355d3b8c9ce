"""A time limit inside one process.

It interrupts Python code, not a long call into a library: whoever must be sure runs the
subject in a process of its own (judging.file, and the sandbox).
"""

import contextlib
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager


class TimedOut(BaseException):
    """Not an Exception, so that `except Exception` in student code does not swallow it."""


@contextlib.contextmanager
def time_limit(seconds: float) -> Iterator[None]:
    """Raises TimedOut in the main thread after `seconds`; elsewhere, no limit."""
    usable = hasattr(signal, "setitimer") and (
        threading.current_thread() is threading.main_thread()
    )
    if not usable:
        yield
        return

    def interrupt(signum, frame):
        raise TimedOut

    before = signal.signal(signal.SIGALRM, interrupt)
    # Again every second: a finally clause of the student's may outlive the first one.
    signal.setitimer(signal.ITIMER_REAL, seconds, 1.0)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def limit_of(subject: object) -> Callable[[float], AbstractContextManager[None]]:
    """The time limit for calls of a subject: one in a sandbox waits for its answers itself."""
    if hasattr(type(subject), "time_limit"):
        return subject.time_limit  # type: ignore[attr-defined]
    return time_limit
