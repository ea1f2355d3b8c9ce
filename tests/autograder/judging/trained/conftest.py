"""What every test of trained models shares."""

import pytest

from tests.autograder.judging.trained.bank import has_real_images


@pytest.fixture
def real_images():
    """MNIST and Fashion-MNIST themselves; where they are not, the test is left out."""
    if not has_real_images():
        pytest.skip("no MNIST here: set COURSE_DATA to the folder that holds MNIST/raw")


@pytest.fixture
def no_images(monkeypatch, tmp_path):
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
