"""Fixtures that all tests share."""

import os
from collections.abc import Generator, Iterator
from pathlib import Path

import pytest
import torch

from tests import skips

# Tests run side by side, on machines with few cores.
torch.set_num_threads(1)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip tests that run submissions if this machine cannot isolate them, and say why."""
    running = [item for item in items if item.get_closest_marker("sandbox")]
    if not running:
        return
    from autograder.sandbox import isolation

    found = isolation.best()
    if not found.sandboxed:
        for item in running:
            item.add_marker(pytest.mark.skip(reason=f"no isolation here: {found.reason}"))


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
def no_images(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """A machine without data sets and without internet."""
    from autograder.judging.trained import copies

    monkeypatch.delenv("COURSE_DATA", raising=False)
    monkeypatch.setenv("COURSE_CACHE", str(tmp_path / "cache"))
    for name in ("http_proxy", "https_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")  # nobody listens on the discard port
    copies._real.cache_clear()
    copies._usual.cache_clear()
    yield
    copies._real.cache_clear()
    copies._usual.cache_clear()
