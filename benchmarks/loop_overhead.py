"""How much of a loop's time is spent outside its model."""

import functools
import time
from typing import Any

import torch


class Watch:
    """Seconds spent in what was wrapped, since the last ``reset``."""

    def __init__(self, device: torch.device):
        self.device, self.outside, self._inside = device, 0.0, 0.0

    def reset(self) -> None:
        self.outside = 0.0

    def function(self, names: dict[str, Any], name: str) -> None:
        """Count all of a function."""
        plain = names[name]

        @functools.wraps(plain)
        def timed(*arguments, **keywords):
            start = time.perf_counter()
            try:
                return plain(*arguments, **keywords)
            finally:
                self.outside += time.perf_counter() - start

        names[name] = timed

    def iterator(self, names: dict[str, Any], name: str) -> None:
        """Count the time in which an iterator makes its next value."""
        plain = names[name]

        def timed(*arguments, **keywords):
            values = iter(plain(*arguments, **keywords))
            while True:
                start = time.perf_counter()
                value = next(values, self)
                self.outside += time.perf_counter() - start
                if value is self:
                    return
                yield value

        names[name] = timed

    def losses(self, names: dict[str, Any], name: str) -> None:
        """Count the logging of losses."""
        watch, plain = self, names[name]

        class Timed(plain):
            def log(self, **values):
                start = time.perf_counter()
                super().log(**values)
                watch.outside += time.perf_counter() - start

        names[name] = Timed

    def around(self, owner: Any, method: str, names: dict[str, Any], name: str) -> None:
        """Count a method, but not the function that it calls for the actual work."""
        plain, work = getattr(owner, method), names[name]

        def timed_work(*arguments, **keywords):
            start = time.perf_counter()
            try:
                return work(*arguments, **keywords)
            finally:
                self._inside += time.perf_counter() - start

        def timed(*arguments, **keywords):
            self._inside, start = 0.0, time.perf_counter()
            try:
                return plain(*arguments, **keywords)
            finally:
                self.outside += time.perf_counter() - start - self._inside

        names[name] = timed_work
        setattr(owner, method, timed)
