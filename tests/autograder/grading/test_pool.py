"""Local workers and a Dask cluster are one kind of thing to whoever grades."""

import errno
import importlib.util
import inspect
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy.exc import OperationalError

from autograder.cluster.cluster import Cluster
from autograder.grading.running.pool import Pool, is_full
from autograder.grading.running.workers import FORKSERVER_IMPORTS, Workers

ROOT = Path(__file__).parents[3]


@pytest.mark.parametrize("make", [lambda: Workers(count=1), lambda: Cluster("local", workers=1)])
def test_both_are_pools(make):
    pool = make()
    assert isinstance(pool, Pool) and pool.count == 1
    expected = list(inspect.signature(Pool.run).parameters)[1:]
    assert list(inspect.signature(pool.run).parameters) == expected


def test_what_the_forkserver_imports_is_there():
    """It says nothing when a name is not, and every worker would import everything itself."""
    assert importlib.util.find_spec(FORKSERVER_IMPORTS)


def test_workers_import_nothing_of_the_kit_themselves():
    code = (
        f"import gc, sys, {FORKSERVER_IMPORTS} as first\nbefore = set(sys.modules)\n"
        "from autograder.grading.running import worker, workers\n"
        "from autograder.grading.preparing import jobs\n"
        "from autograder.grading.recording import store\n"
        "print(sorted(set(sys.modules) - before), gc.isenabled())"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT)
    assert done.stdout == "[] True\n", done.stderr


def test_nbgrader_is_imported_without_a_server_and_whole_when_asked():
    code = (
        "import sys, autograder.course.course, nbgrader\n"
        "assert not [name for name in sys.modules if name.startswith('jupyter_server')]\n"
        "from nbgrader.server_extensions import formgrader\n"
        "assert callable(formgrader.load_jupyter_server_extension)\n"
        "formgrader.load_jupyter_server_extension = lambda app: print(app, end=' ')\n"
        "nbgrader.load_formgrader('all, in a server:')\n"
        "from nbgrader.apps import NbGraderAPI\n"
        "print('both')"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT)
    assert done.stdout == "all, in a server: both\n", done.stderr


class PostgreSQLError(Exception):
    """As psycopg's, which may not be installed."""

    def __init__(self, sqlstate):
        super().__init__("the disk is full")
        self.sqlstate = sqlstate


def sqlite_error(code):
    error = sqlite3.OperationalError("database or disk is full")
    error.sqlite_errorcode = code
    return error


@pytest.mark.parametrize(
    ("error", "full"),
    [
        (OSError(28, "No space left on device"), True),
        (OSError(errno.EDQUOT, "Disk quota exceeded"), True),
        (OSError(2, "No such file"), False),
        (OSError(2, "No such file", "the disk is full.ipynb"), False),
        (KeyError("the disk is full"), False),
        (RuntimeError("No space left on device"), False),
        (OperationalError("INSERT", {}, sqlite_error(sqlite3.SQLITE_FULL)), True),
        (OperationalError("INSERT", {}, sqlite_error(sqlite3.SQLITE_FULL | 1 << 8)), True),
        (OperationalError("disk is full", {}, sqlite_error(sqlite3.SQLITE_BUSY)), False),
        (OperationalError("disk is full", {}, sqlite3.OperationalError("disk is full")), False),
        (OperationalError("INSERT", {}, PostgreSQLError("53100")), True),
        (OperationalError("disk is full", {}, PostgreSQLError("08006")), False),
    ],
)
def test_a_full_disk_is_known(error, full):
    assert is_full(error) is full
