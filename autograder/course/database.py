"""Open the gradebook's database by its URL: SQLite, nbgrader's default, or PostgreSQL."""

import functools
import sqlite3
import warnings
from pathlib import Path

from nbgrader import api, dbutil
from nbgrader.api import Gradebook
from sqlalchemy import create_engine
from sqlalchemy.engine import Engine, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, InterfaceError, OperationalError, SAWarning
from sqlalchemy.pool import NullPool

from helpers.errors import CourseError

# Time limits: seconds to connect, milliseconds for a server that has stopped answering.
POSTGRESQL = {"connect_timeout": "10", "tcp_user_timeout": "60000"}
KINDS = ("sqlite", "postgresql")
FORMS = "sqlite:///gradebook.db or postgresql://USER@HOST/NAME"
WHERE = "The gradebook's URL (--db, COURSE_DB or db_url in nbgrader_config.py)"
DRIVER = "psycopg"
# nbgrader causes these; an instructor cannot do anything about them.
warnings.filterwarnings("ignore", category=SAWarning)


def complete(url: str) -> str:
    """The URL for SQLAlchemy, with its driver and, for a server, time limits.

    Raises CourseError if it is not the URL of a SQLite or PostgreSQL database.
    """
    try:
        parsed = make_url(url)
        kind = "postgresql" if parsed.drivername == "postgres" else parsed.get_backend_name()
    except (ArgumentError, ValueError):
        # Do not show the URL: it may contain a password.
        raise CourseError(f"{WHERE} is not the URL of a database; write {FORMS}.") from None
    if kind not in KINDS:
        raise CourseError(f"{WHERE} names a database of the kind {kind!r}; write {FORMS}.")
    if kind == "sqlite":
        return url
    if not parsed.database:
        raise CourseError(f"{WHERE} names a server but no database on it; write {FORMS}.")
    limits = {name: value for name, value in POSTGRESQL.items() if name not in parsed.query}
    parsed = parsed.set(drivername=f"{kind}+{DRIVER}").update_query_dict(limits)
    return parsed.render_as_string(hide_password=False)


def shown(url: str) -> str:
    """The URL to show in messages: without its password and what complete() added."""
    parsed = make_url(url)
    bare = parsed.set(drivername=parsed.get_backend_name()).difference_update_query(POSTGRESQL)
    return bare.render_as_string()


@functools.cache
def _newest_schema() -> str:
    """The version of nbgrader's tables."""
    # Imported here: only a new gradebook asks.
    from alembic.script import ScriptDirectory

    return ScriptDirectory(dbutil.ALEMBIC_DIR).get_current_head() or ""


# For every new gradebook nbgrader starts a process that asks this, which takes seconds.
api.get_alembic_version = _newest_schema


def gradebook(url: str) -> Gradebook:
    """Open nbgrader's Gradebook.

    Raises CourseError if the database cannot be reached or its driver is not installed.
    """
    try:
        return Gradebook(url)
    except ModuleNotFoundError as error:
        raise CourseError(
            f"{shown(url)} needs the package {error.name}; run `pip install -e .[cluster]`."
        ) from None
    except DBAPIError as error:
        raise away(url, error) from None


def reopened(engine: Engine) -> Engine:
    """An engine that opens a SQLite file anew each time, for a program that runs for hours.

    A connection that is kept goes on with the file that it has, even after another one was put in
    its place, such as a backup. A file that is not there is not made. Others are returned as is.
    """
    path = engine.url.database
    if engine.dialect.name != "sqlite" or engine.url.query or path in (None, "", ":memory:"):
        return engine
    address = f"{Path(str(path)).absolute().as_uri()}?mode=rw"
    return create_engine(
        engine.url, creator=lambda: sqlite3.connect(address, uri=True), poolclass=NullPool
    )


def away(url: str, error: Exception) -> CourseError:
    """The CourseError for a database that does not answer."""
    lines = str(getattr(error, "orig", None) or error).strip().splitlines()
    is_file = url.startswith("sqlite")
    condition = "its file is writable" if is_file else "its server is running and lets you log in"
    return CourseError(
        f"The gradebook {shown(url)} cannot be used ({lines[0] if lines else 'no reason given'}); "
        f"make sure that {condition}, then run this again: nothing that was graded is lost."
    )


def is_away(error: BaseException) -> bool:
    """Whether the error means that the database is unreachable, not that it refused a value."""
    if not isinstance(error, DBAPIError):
        return False
    lost = isinstance(error, OperationalError | InterfaceError) and not _is_sqlite(error)
    return error.connection_invalidated or lost


def _is_sqlite(error: DBAPIError) -> bool:
    return type(error.orig).__module__ == "sqlite3"
