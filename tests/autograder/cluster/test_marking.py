"""Markers share a gradebook in PostgreSQL, as they share a SQLite file."""

import threading
from collections import Counter

import pytest

from autograder.marking.desk import Desk, Options
from autograder.marking.marks import Conflict
from tests.autograder.cluster.one_node import Postgres, folder_for_all, program
from tests.marking_course import ESSAYS, essays

pytestmark = pytest.mark.postgres


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    if program("postgres") is None:
        pytest.skip("no PostgreSQL here (Debian: apt-get install postgresql)")
    with folder_for_all() as folder, Postgres(folder) as server:
        root = tmp_path_factory.mktemp("marking") / "course"
        yield essays(root, 12, 2, db=server.another("marking"))


def test_of_many_at_the_same_moment_one_is_saved(course):
    books = [course.gradebook() for _ in range(5)]
    desks = [Desk(course, b, ESSAYS, Options(f"m{n}")) for n, b in enumerate(books)]
    seen = [{mark.student: mark.as_row() for mark in d.mine(d.question("q_1"))} for d in desks]
    outcomes, start = [], threading.Barrier(len(desks))

    def save(number):
        row = {**seen[number]["s003"], "points": number / 2, "own": "so"}
        start.wait()
        try:
            outcomes.append(desks[number].save(row["id"], row)["marker"])
        except Conflict:
            outcomes.append("told")

    threads = [threading.Thread(target=save, args=(number,)) for number in range(len(desks))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert Counter(outcomes)["told"] == len(desks) - 1
    (saved,) = [each for each in outcomes if each != "told"]
    found = {mark.student: mark for mark in desks[0].mine(desks[0].question("q_1"))}
    assert found["s003"].marker == saved and found["s003"].points == int(saved[1:]) / 2
    grade = books[0].find_submission_notebook(ESSAYS, ESSAYS, "s003")
    assert grade.score == found["s003"].points
    for book in books:
        book.close()
