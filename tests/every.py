"""Many cases in one test: all are tried, and each that fails is named."""

import contextlib
import traceback
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager


@contextlib.contextmanager
def every() -> Iterator[Callable[[object], AbstractContextManager[None]]]:
    """Gives case(name), a context that keeps what fails inside; at the end, all is told at once.

    For thousands of small cases, where a test for each would cost more than the case itself.
    """
    failed: list[str] = []

    @contextlib.contextmanager
    def case(name):
        try:
            yield
        except Exception as error:
            last = traceback.extract_tb(error.__traceback__)[-1]
            told = "".join(traceback.format_exception_only(error)).strip()
            failed.append(f"{name}\n    {last.filename}:{last.lineno}: {last.line}\n    {told}")

    yield case
    assert not failed, f"{len(failed)} failed:\n" + "\n".join(failed)
