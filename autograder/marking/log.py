"""Keep who marked what and when: a table of its own beside nbgrader's, only ever appended to.

nbgrader has one score and one comment for a cell. Everything else that marking needs is here, in
the same database, so that it is written in the same transaction and all markers see it.
"""

from sqlalchemy import DDL, Boolean, Column, Float, Integer, MetaData, String, Table, Text, inspect
from sqlalchemy.engine import Engine
from sqlalchemy.exc import DBAPIError

FIRST, SECOND = "first", "second"
_metadata = MetaData()
# grade: the id of nbgrader's row, which outlives a new name of the cell. turn: a second mark is
# only compared. given: ids of lines as JSON. own: the comment beside their sentences. comment: what
# was written to nbgrader's row. at: seconds since 1970. scheme: its digest. write: its name, which
# the browser gave it.
LOG = Table(
    "autograder_marking",
    _metadata,
    Column("id", Integer, primary_key=True),
    Column("grade", String(32), index=True, nullable=False),
    Column("turn", String(8), nullable=False),
    Column("marker", String(100), nullable=False),
    Column("at", Float, nullable=False),
    Column("points", Float),
    Column("given", Text, nullable=False),
    Column("own", Text, nullable=False),
    Column("comment", Text),
    Column("flag", Boolean, nullable=False),
    Column("scheme", String(12), nullable=False),
    Column("write", String(40)),
)


def create(engine: Engine) -> None:
    """Add the table to a gradebook that does not have it, or what it lacks."""
    try:
        _create(engine)
    except DBAPIError:  # another marker was a moment faster
        _create(engine)


def _create(engine: Engine) -> None:
    _metadata.create_all(engine)
    known = {column["name"] for column in inspect(engine).get_columns(LOG.name)}
    if LOG.c.write.name not in known:  # of an older kit
        with engine.begin() as connection:
            connection.execute(DDL(f'ALTER TABLE {LOG.name} ADD COLUMN "write" VARCHAR(40)'))
