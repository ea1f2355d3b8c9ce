"""Fixtures that all tests share."""

import autograder.skipped_imports  # noqa: F401, I001 (before anything that imports jsonschema)

import atexit
import contextlib
import functools
import gc
import importlib
import os
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest

from tests import order, skips

# What is imported and collected stays: the collector need not look through it again and again.
gc.disable()
# Tests run side by side, on machines with few cores. Torch is imported after this.
os.environ["OMP_NUM_THREADS"] = "1"
ENVIRON = os.environ
# Variables that decide what a test sees.
SETTINGS = {
    name: os.environ.get(name)
    for name in ("COURSE_DATA", "COURSE_BUDGET", "COURSE_CACHE", "NBGRADER_EXECUTION", "HOME")
}


def pytest_collection(session: pytest.Session) -> None:
    """Of the pool, each process imports a part of the tests first, for the others to find compiled.

    pytest compiles each file of tests that it imports for the first time, which all of them would
    do with all files; what goes wrong here does so again when the file is collected.
    """
    config, worker = session.config, getattr(session.config, "workerinput", None)
    if worker is None or config.getoption("file_or_dir"):
        return
    files = sorted((config.rootpath / "tests").rglob("test_*.py"))
    for path in files[int(worker["workerid"][2:]) :: worker["workercount"]]:
        with contextlib.suppress(Exception):
            name = path.relative_to(config.rootpath).with_suffix("")
            importlib.import_module(".".join(name.parts))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """With `--dist loadscope`, a scope is a group of tests/order.py."""
    if config.getvalue("dist") != "loadscope":
        return None
    from xdist.scheduler import LoadScopeScheduling

    class ByGroup(LoadScopeScheduling):
        def _split_scope(self, nodeid):
            return order.group_of(nodeid)

    return ByGroup(config, log)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Sort the tests; skip those that run submissions where nothing can isolate them."""
    config.stash[order.COLLECTED] = [*items]
    items.sort(key=lambda item: order.place_of(item.nodeid))
    running = [item for item in items if item.get_closest_marker("sandbox")]
    if not running:
        return
    from autograder.sandbox import isolation

    found = isolation.best()
    if not found.sandboxed:
        for item in running:
            item.add_marker(pytest.mark.skip(reason=f"no isolation here: {found.reason}"))


def pytest_collection_finish() -> None:
    """From now on objects come and go: some thousands in most tests."""
    gc.freeze()
    gc.set_threshold(20_000)
    gc.enable()


def pytest_configure(config: pytest.Config) -> None:
    """A process of the pool ends without taking itself apart, which would take three seconds."""
    if hasattr(config, "workerinput"):
        atexit.register(os._exit, 0)  # as the first: what others register comes before it


def pytest_unconfigure(config: pytest.Config) -> None:
    """At the end a library would report what it takes for leaks."""
    if not hasattr(config, "workerinput"):
        gc.unfreeze()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_setup(item: pytest.Item) -> Generator[None, None, None]:
    """The kernel of a notebook (nbval) starts with its first cell, and trains briefly."""
    if item.path.suffix != ".ipynb":
        return (yield)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("COURSE_BUDGET", os.environ.get("COURSE_BUDGET", "quick"))
        return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(
    item: pytest.Item, nextitem: pytest.Item | None
) -> Generator[None, None, None]:
    """What the tests of a file change in the environment ends with them."""
    yield
    if nextitem is None or nextitem.path != item.path:
        replaced, os.environ = os.environ is not ENVIRON, ENVIRON
        found = {name: os.environ.get(name) for name in SETTINGS}
        changed = [name for name in SETTINGS if found[name] != SETTINGS[name]]
        for name in changed:  # the tests that come after are not the ones to suffer
            os.environ.pop(name, None)
            if (value := SETTINGS[name]) is not None:
                os.environ[name] = value
        assert not replaced, f"the tests of {item.path.name} replace os.environ by another"
        assert not changed, f"the tests of {item.path.name} leave these changed: {changed}"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """In .ci/run, a skip that is not on the list of tests/skips.py is a failure."""
    report = yield
    if report.skipped and skips.ASKED in os.environ and not hasattr(report, "wasxfail"):
        *_, reason = report.longrepr
        if not skips.accepted(reason):
            report.outcome = "failed"
            report.longrepr = f"{reason}: this skip is not on the list of tests/skips.py"
    return report


@pytest.fixture
def real_images() -> None:
    """The real MNIST and Fashion-MNIST; without them the test is skipped."""
    from tests.autograder.judging.trained.bank import has_real_images

    if not has_real_images():
        pytest.skip("no MNIST here: set COURSE_DATA to the folder that holds MNIST/raw")


@pytest.fixture
def no_images(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A machine without data sets and without internet."""
    from autograder.judging.trained import copies

    monkeypatch.delenv("COURSE_DATA", raising=False)
    monkeypatch.setenv("COURSE_CACHE", str(tmp_path / "cache"))
    for name in ("http_proxy", "https_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")  # nobody listens on the discard port
    # What is known of the real images is known again afterwards.
    for name, size in (("_real", 4), ("_usual", None)):
        forgetful = functools.lru_cache(size)(getattr(copies, name).__wrapped__)
        monkeypatch.setattr(copies, name, forgetful)
