"""The groups of tests/order.py are those of tests that are there, and each test has one."""

import re
from pathlib import Path

import pytest

from tests import order

ROOT = Path(__file__).parents[1]
FILES = [
    path.relative_to(ROOT).as_posix()
    for top in ("tests", "solutions")
    for path in (ROOT / top).rglob("test_*.py")
]
GROUPS = {order.group_of(f"{file}::test") for file in FILES}


def test_no_name_is_of_tests_that_are_gone():
    assert set(order.APART) <= set(FILES)
    for start in order.LONGEST_FIRST:
        assert any(group.startswith(start) for group in GROUPS), start
    for name, files in order.TOGETHER.items():
        assert len([file for file in FILES if re.fullmatch(files, file)]) > 1, name


@pytest.mark.parametrize(
    ("one", "other", "together"),
    [
        ("tests/test_every.py::test_a", "tests/test_every.py::test_b", True),
        ("tests/test_every.py::test_a", "tests/test_skips.py::test_a", False),
        ("tests/autograder/test_cli.py::test_a", "tests/autograder/test_cli.py::test_b", False),
        (
            "tests/autograder/hostile/test_crash.py::test_a[x]",
            "tests/autograder/hostile/test_pages.py::test_b",
            True,
        ),
        (
            "tests/assignments/test_proof.py::test_a[vae.sampling-(None,)]",
            "tests/assignments/test_proof.py::test_b[vae.sampling]",
            True,
        ),
        (
            "tests/assignments/test_proof.py::test_a[vae.sampling-(None,)]",
            "tests/assignments/test_proof.py::test_a[vae.VAE-(None,)]",
            False,
        ),
    ],
)
def test_what_stays_together(one, other, together):
    assert (order.group_of(one) == order.group_of(other)) == together


def test_the_longest_come_first():
    first, later = "tests/autograder/hostile/test_bounds.py::test_a", "tests/test_every.py::test_a"
    assert order.place_of(first) < order.place_of(later)
