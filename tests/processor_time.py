"""A limit that a busy machine does not move: how long this thread computes, by no clock."""

import contextlib
import time
from collections.abc import Iterator


@contextlib.contextmanager
def at_most(seconds: float) -> Iterator[None]:
    """Inside, the thread uses the processor for at most so many seconds."""
    before = time.thread_time()
    yield
    used = time.thread_time() - before
    assert used < seconds, f"{used:.1f} s of the processor instead of at most {seconds:g}"
