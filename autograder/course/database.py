"""The gradebook's database by its URL: SQLite, as nbgrader makes it by itself, or PostgreSQL."""

from nbgrader.api import Gradebook
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, InterfaceError, OperationalError

from helpers.errors import CourseError

# Seconds to wait for a server, and milliseconds for one that has stopped answering.
POSTGRESQL = {"connect_timeout": "10", "tcp_user_timeout": "60000"}
KINDS = ("sqlite", "postgresql")
FORMS = "sqlite:///gradebook.db or postgresql://USER@HOST/NAME"
WHERE = "The gradebook's URL (--db, COURSE_DB or db_url in nbgrader_config.py)"
DRIVER = "psycopg"


def complete(url: str) -> str:
    """The URL as SQLAlchemy takes it, with its driver and with bounds on waiting.

    Raises CourseError where it is no URL of a kind that is known.
    """
    try:
        parsed = make_url(url)
        kind = "postgresql" if parsed.drivername == "postgres" else parsed.get_backend_name()
    except (ArgumentError, ValueError):
        # Not shown as it is: it may hold a password.
        raise CourseError(f"{WHERE} is no URL of a database; write {FORMS}.") from None
    if kind not in KINDS:
        raise CourseError(f"{WHERE} names a database of the kind {kind!r}; write {FORMS}.")
    if kind == "sqlite":
        return url
    if not parsed.database:
        raise CourseError(f"{WHERE} names a server and no database on it; write {FORMS}.")
    waiting = {name: value for name, value in POSTGRESQL.items() if name not in parsed.query}
    parsed = parsed.set(drivername=f"{kind}+{DRIVER}").update_query_dict(waiting)
    return parsed.render_as_string(hide_password=False)


def shown(url: str) -> str:
    """The URL without its password and without what complete() added, for a sentence."""
    parsed = make_url(url)
    bare = parsed.set(drivername=parsed.get_backend_name()).difference_update_query(POSTGRESQL)
    return bare.render_as_string()


def gradebook(url: str) -> Gradebook:
    """nbgrader's Gradebook on this database.

    Raises CourseError where it cannot be reached.
    """
    try:
        return Gradebook(url)
    except ModuleNotFoundError as error:
        raise CourseError(
            f"{shown(url)} needs the package {error.name}; say `pip install -e .[cluster]`."
        ) from None
    except DBAPIError as error:
        raise away(url, error) from None


def away(url: str, error: Exception) -> CourseError:
    """The CourseError for a database that does not answer."""
    said = str(getattr(error, "orig", None) or error).strip().splitlines()
    place = "file can be written" if url.startswith("sqlite") else "server runs and lets you in"
    return CourseError(
        f"The gradebook {shown(url)} cannot be used ({said[0] if said else 'no reason given'}); "
        f"see that its {place}, and say this again: nothing that was graded is lost."
    )


def is_away(error: BaseException) -> bool:
    """Whether an exception says that the database has gone, and not that it refuses a value."""
    if not isinstance(error, DBAPIError):
        return False
    lost = isinstance(error, OperationalError | InterfaceError) and not _is_sqlite(error)
    return error.connection_invalidated or lost


def _is_sqlite(error: DBAPIError) -> bool:
    return type(error.orig).__module__ == "sqlite3"
