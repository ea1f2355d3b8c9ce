"""The gradebook by URL: what is taken, what is refused in one sentence, and no password shown."""

import pytest
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import StatementError as OtherError

from autograder.cli import main
from autograder.course import database
from autograder.course.course import Course
from helpers.errors import CourseError


@pytest.mark.parametrize("form", ["postgresql://", "postgres://", "postgresql+psycopg://"])
def test_a_server_is_reached_by_one_driver_and_never_waited_for_without_end(form):
    url = database.complete(f"{form}ada:secret@grades.example.org/course")
    assert url.startswith("postgresql+psycopg://ada:secret@grades.example.org/course?")
    assert "connect_timeout=10" in url and "tcp_user_timeout=60000" in url
    assert database.complete(url) == url
    assert database.shown(url) == "postgresql://ada:***@grades.example.org/course"


def test_what_somebody_asks_for_stays():
    url = database.complete("postgresql://host/course?connect_timeout=3&sslmode=require")
    assert "connect_timeout=3" in url and "sslmode=require" in url
    assert "connect_timeout=10" not in url


@pytest.mark.parametrize(
    "url, said",
    [
        ("grades.db", "is not the URL of a database"),
        ("", "is not the URL of a database"),
        ("postgresql://host:port:secret/course", "is not the URL of a database"),
        ("mysql://host/course", "of the kind 'mysql'"),
        ("postgresql://host", "names a server but no database on it"),
        ("nonsense://x/y", "of the kind 'nonsense'"),
    ],
)
def test_what_is_no_gradebook(course, capsys, url, said):
    with pytest.raises(CourseError, match=said) as error:
        database.complete(url)
    assert "secret" not in str(error.value) and "postgresql://USER@HOST/NAME" in str(error.value)
    if url:
        with pytest.raises(SystemExit) as end:
            main(["release", "vae", "--course", str(course.root), "--db", url])
        assert end.value.code == 2 and capsys.readouterr().err.count("\n") == 1
    assert not (course.root / "gradebook.db").exists()


@pytest.mark.parametrize(
    "url, said",
    [
        ("sqlite:////nowhere/at/all/grades.db", "unable to open database file"),
        ("postgresql://ada:secret@127.0.0.1:9/course", "refused"),
    ],
)
def test_a_gradebook_that_is_away(course, url, said):
    pytest.importorskip("psycopg")
    with pytest.raises(CourseError, match=said) as error:
        Course.at(course.root, url).gradebook()
    assert "secret" not in str(error.value) and "\n" not in str(error.value)


def test_without_its_driver(course, monkeypatch):
    def missing(url):
        raise ModuleNotFoundError("No module named 'psycopg'", name="psycopg")

    monkeypatch.setattr(database, "Gradebook", missing)
    with pytest.raises(CourseError, match="needs the package psycopg; run `pip install"):
        Course.at(course.root, "postgresql://host/course").gradebook()


def test_the_config_follows_the_environment(course, monkeypatch):
    monkeypatch.setenv("COURSE_DB", "postgresql://host/course")
    assert course.database().startswith("postgresql+psycopg://host/course")
    assert Course.at(course.root, "sqlite:///x.db").database() == "sqlite:///x.db"
    monkeypatch.setenv("COURSE_DB", "")
    assert course.gradebook_name() == "sqlite:///gradebook.db"


class ServerGone(Exception):
    """Stands in for the exception of a server's driver."""


def test_a_refused_value_is_no_database_that_is_away():
    import sqlite3

    assert database.is_away(OperationalError("select", {}, ServerGone("closed the connection")))
    assert not database.is_away(OperationalError("select", {}, sqlite3.OperationalError("locked")))
    assert not database.is_away(OtherError("bad", "select", {}, ValueError()))
    assert not database.is_away(ValueError())
