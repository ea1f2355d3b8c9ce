"""Which test runs which lines of the kit, and what processor time it takes: a pytest plugin."""

import json
import os
import signal
import subprocess
import sys
from collections import defaultdict
from collections.abc import Generator
from pathlib import Path
from typing import Any, NamedTuple

import coverage
import pytest

# A test that takes more processor time tries no mutant, nor does one whose shared fixtures do.
QUICK_S, FIXTURES_S = 1.0, 3.0
# The tests of a file are measured until they have taken so much.
MOST_OF_FILE_S = 6.0


class Measured(NamedTuple):
    """seconds: of each quick test. lines: of each file, the tests that run each line.

    imported: the modules that were there after all tests.
    """

    seconds: dict[str, float]
    lines: dict[str, dict[int, set[str]]]
    imported: list[str]


def _refused(*arguments: Any, **options: Any) -> None:
    raise OSError("no program is started while tests are measured")


def _too_slow(*_: Any) -> None:
    pytest.fail("this test is not quick")


class Measure:
    """What a shared fixture runs is run by all tests that use it.

    root: of the tree. out: the file to write.
    """

    def __init__(self, root: Path, out: Path) -> None:
        self.root, self.out = root, out
        source = [str(root / name) for name in ("autograder", "helpers")]
        self.coverage = coverage.Coverage(data_file=None, config_file=False, source=source)
        self.seconds: dict[str, float] = defaultdict(float)
        self.users: dict[str, list[str]] = defaultdict(list)
        self.not_passed: set[str] = set()
        self.running = ["importing"]
        self.charged = 0.0

    def _charge(self) -> None:
        used = sum(os.times()[:4])
        self.seconds[self.running[-1]] += used - self.charged
        self.charged = used

    def _in_context(self, name: str) -> Generator[None, Any, Any]:
        self._charge()
        self.running.append(name)
        self.coverage.switch_context(name)
        try:
            return (yield)
        finally:
            self._charge()
            self.running.pop()
            self.coverage.switch_context(self.running[-1])

    def start(self) -> None:
        """From now on. A test that starts a program fails, since it would not be quick."""
        subprocess.Popen.__init__ = _refused  # type: ignore[method-assign]
        signal.signal(signal.SIGVTALRM, _too_slow)
        self._charge()
        self.coverage.start()
        self.coverage.switch_context(self.running[-1])

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Generator[None, Any, Any]:
        for name in item.fixturenames:  # type: ignore[attr-defined]
            self.users[f"fixture {name}"].append(item.nodeid)
        result = yield from self._in_context(item.nodeid)
        self.seconds[item.nodeid.partition("::")[0]] += self.seconds[item.nodeid]
        return result

    # Last, or those who clean up after a test would find that they have not begun, and then the
    # next file's first test would not start.
    @pytest.hookimpl(wrapper=True, trylast=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> Generator[None, Any, Any]:
        if self.seconds[item.nodeid.partition("::")[0]] > MOST_OF_FILE_S:
            pytest.skip("enough of this file")
        return (yield)

    @pytest.hookimpl(wrapper=True)
    def pytest_pyfunc_call(self) -> Generator[None, Any, Any]:
        signal.setitimer(signal.ITIMER_VIRTUAL, 2 * QUICK_S)
        try:
            return (yield)
        finally:
            signal.setitimer(signal.ITIMER_VIRTUAL, 0)

    @pytest.hookimpl(wrapper=True)
    def pytest_fixture_setup(self, fixturedef: Any) -> Generator[None, Any, Any]:
        if fixturedef.scope == "function":
            return (yield)
        return (yield from self._in_context(f"fixture {fixturedef.argname}"))

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if not report.passed:
            self.not_passed.add(report.nodeid)

    def write(self) -> None:
        """Leave what was measured in a file, for read()."""
        self.coverage.stop()
        data = self.coverage.get_data()
        seconds = {test: self.seconds[test] for test in self.seconds if "::" in test}
        shared: dict[str, float] = defaultdict(float)
        for fixture, tests in self.users.items():
            for test in set(tests):
                shared[test] += self.seconds.get(fixture, 0)
        quick = {
            test: own
            for test, own in seconds.items()
            if own < QUICK_S and shared[test] < FIXTURES_S and test not in self.not_passed
        }
        lines: dict[str, dict[int, list[str]]] = {}
        for file in data.measured_files():
            lines[str(Path(file).relative_to(self.root))] = {
                line: sorted(
                    {t for c in contexts for t in (c, *self.users.get(c, ()))} & set(quick)
                )
                for line, contexts in data.contexts_by_lineno(file).items()
            }
        self.out.write_text(
            json.dumps({"seconds": quick, "lines": lines, "imported": list(sys.modules)})
        )


def read(file: Path) -> Measured:
    """What a Measure wrote."""
    found = json.loads(file.read_text())
    lines = {
        name: {int(line): set(tests) for line, tests in of_file.items()}
        for name, of_file in found["lines"].items()
    }
    return Measured(found["seconds"], lines, found["imported"])
