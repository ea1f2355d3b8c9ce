"""Try mutants: in forks of one pytest session that has collected everything, or in new sessions."""

import gc
import importlib
import os
import resource
import signal
import sys
import time
import traceback
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import CodeType, FunctionType

import pytest

from tests.mutants import measure
from tests.mutants.sample import Mutant

CPU_S, WALL_S = 60, 600
# Not 0: a test whose fork goes on and ends as if all were well has not passed.
PASSED, FAILED, CANNOT = 98, 1, 99
# Beginnings of the modules that a new session imports again. Those of an assignment's checks are
# made of our classes: left as they were, they would be of others than the tests know.
OURS = ("autograder", "helpers", "tests", "conftest", "course_inside", "solutions")
OURS += ("assignment_checks_",)
# What is asked first, and what is asked about a mutant that it does not notice.
QUICK = "not slow and not sandbox and not deep and not gpu"
SLOWER = "not deep and not gpu and not browser and not colab and not slurm and not postgres"
# One in so many is also tried without its change, which nothing may notice.
CONTROL = 20


def forked(work: Callable[[], int], limited: bool = True) -> tuple[int, float]:
    """Do the work in a process of its own: (its result, the processor's seconds)."""
    sys.stdout.flush()
    child = os.fork()
    if not child:
        status = FAILED
        try:
            os.setsid()
            if limited:
                resource.setrlimit(resource.RLIMIT_CPU, (CPU_S, CPU_S))
            status = work()
        except BaseException:
            traceback.print_exc()
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(status)
    until = time.monotonic() + WALL_S
    while not (ended := os.wait4(child, os.WNOHANG))[0]:
        if limited and time.monotonic() > until:
            os.kill(child, signal.SIGKILL)
        time.sleep(0.01)
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(child, signal.SIGKILL)  # what its tests started and left
    _, status, used = ended
    return os.waitstatus_to_exitcode(status), used.ru_utime + used.ru_stime


@contextmanager
def written(mutant: Mutant, tree: Path) -> Iterator[str]:
    """Inside, every process that starts in the tree reads the mutant; gives the original."""
    target = tree / mutant.file
    kept, stamp = target.read_text("utf-8"), target.stat()
    target.write_text(mutant.source, "utf-8")
    os.utime(target, (0, time.time()))  # not the time for which a compiled file is kept
    try:
        yield kept
    finally:
        target.write_text(kept, "utf-8")
        os.utime(target, ns=(stamp.st_atime_ns, stamp.st_mtime_ns))


def _codes(code: CodeType) -> list[CodeType]:
    inner = [each for each in code.co_consts if isinstance(each, CodeType)]
    return [every for each in inner for every in (each, *_codes(each))]


def put_in(functions: list[FunctionType], original: str, changed: str) -> bool:
    """Give the functions of a module, wherever they are in use, the mutant's code.

    False if that cannot be done, since it has other functions or variables of other functions.
    """
    old, new = (_codes(compile(source, "", "exec")) for source in (original, changed))
    if [code.co_qualname for code in old] != [code.co_qualname for code in new]:
        return False
    done, becomes = False, dict(zip(old, new, strict=True))
    for function in functions:
        code = becomes.get(function.__code__)
        if code is not None and code != function.__code__:
            if code.co_freevars != function.__code__.co_freevars:
                return False
            function.__code__ = code.replace(co_filename=function.__code__.co_filename)
            done = True
    return done


class Shared:
    """A pytest plugin: the tests are collected once, and each mutant runs its own in a fork.

    plan: which mutants and their quick tests, from what was measured. slower: the files that are
    asked about a mutant that no quick test notices. results: what noticed each, or None.
    """

    def __init__(
        self,
        tree: Path,
        measured: Path,
        options: list[str],
        keep: bool,
        plan: Callable[[measure.Measured], Iterable[tuple[Mutant, list[str]]]],
        slower: Callable[[Mutant], list[str]],
    ) -> None:
        self.tree, self.measured, self.options = tree, measured, options
        self.keep, self.plan, self.slower = keep, plan, slower
        self.say = os.fdopen(os.dup(1), "w")  # pytest catches what is printed
        self.results: dict[Mutant, str | None] = {}
        self.passed: dict[str, bool] = {}  # of slower files, without any change
        self.wrong_controls: list[Mutant] = []
        self.seconds = 0.0
        self.failed = False

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self.failed = self.failed or report.failed

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        sys.dont_write_bytecode = True
        os.environ["PYTHONDONTWRITEBYTECODE"] = "1"
        self.items = {item.nodeid: item for item in session.items}
        self.functions: dict[str, list[FunctionType]] = defaultdict(list)
        for each in gc.get_objects():
            if type(each) is FunctionType:  # some objects answer isinstance with a warning
                self.functions[each.__code__.co_filename].append(each)
        if not self.keep:
            status, used = forked(lambda: self._measure(session), limited=False)
            told = "passed" if status == PASSED else f"status {status}"
            print(f"measured the tests: {told}, {used:.0f} s", file=self.say, flush=True)
        measured = measure.read(self.measured)
        for name in measured.imported:  # once, instead of in each fork
            if not name.startswith(OURS):
                with suppress(Exception):
                    importlib.import_module(name)
        gc.freeze()
        for n, (mutant, tests) in enumerate(self.plan(measured)):
            same = mutant._replace(source=(self.tree / mutant.file).read_text("utf-8"))
            if n % CONTROL == 0 and self._try(same, tests):
                self.wrong_controls.append(mutant)
            before = self.seconds
            found = "quick" if self._try(mutant, tests) else self._by_slower(mutant)
            self.results[mutant] = found
            used = f"{self.seconds - before:5.1f} s {len(tests):4} tests"
            print(f"{found or 'SURVIVED':8} {used}  {mutant}", file=self.say, flush=True)
        return True

    def _try(self, mutant: Mutant, tests: list[str]) -> bool:
        """Whether one of the quick tests notices a mutant."""
        if not tests:
            return False
        with written(mutant, self.tree) as original:

            def here() -> int:
                functions = self.functions[str(self.tree / mutant.file)]
                changed = mutant.source != original
                if changed and not put_in(functions, original, mutant.source):
                    return CANNOT
                return self._run([self.items[test] for test in tests])

            status = self._forked(here) if mutant.in_function else CANNOT
            if status == CANNOT:
                files = list(dict.fromkeys(test.partition("::")[0] for test in tests))
                status = self._forked(lambda: self._anew(files, QUICK, Only(tests)))
        return status != PASSED

    def _by_slower(self, mutant: Mutant) -> str | None:
        """The first of its slower files that fails with a mutant and passes without."""
        for file in self.slower(mutant):

            def ask(file: str = file) -> int:
                return self._forked(lambda: self._anew([file], SLOWER))

            if file not in self.passed:
                self.passed[file] = ask() == PASSED
            with written(mutant, self.tree):
                if self.passed[file] and ask() != PASSED:
                    return Path(file).stem
        return None

    def _forked(self, work: Callable[[], int]) -> int:
        status, used = forked(work)
        self.seconds += used
        return status

    def _anew(self, files: list[str], markers: str, *plugins: object) -> int:
        """Run tests in a new session that imports the kit again."""
        for name in list(sys.modules):
            if name.startswith(OURS):
                del sys.modules[name]
        ended = pytest.main([*self.options, "-x", "-m", markers, *files], [*plugins])
        return PASSED if ended == pytest.ExitCode.OK else FAILED

    def _run(self, items: list[pytest.Item], all_of_them: bool = False) -> int:
        self.failed = False
        for item, following in zip(items, [*items[1:], None], strict=True):
            item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
            if self.failed and not all_of_them:
                return FAILED
        return PASSED

    def _measure(self, session: pytest.Session) -> int:
        gc.freeze()  # or some test would be charged with a collection of all that is imported
        plugin = measure.Measure(self.tree, self.measured)
        session.config.pluginmanager.register(plugin)
        plugin.start()
        self._run(session.items, all_of_them=True)
        plugin.write()
        return PASSED


class Only:
    """A pytest plugin that leaves out all tests but these, and runs them in this order."""

    def __init__(self, tests: list[str]) -> None:
        self.place = {test: n for n, test in enumerate(tests)}

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        items[:] = [item for item in items if item.nodeid in self.place]
        items.sort(key=lambda item: self.place[item.nodeid])
