"""A gradebook in a real PostgreSQL: the same tables as in SQLite, and a server that goes away."""

import json
import shutil

import pytest

from autograder.cli import main
from autograder.course.course import Course
from autograder.grading.grade import Watcher, grade
from autograder.grading.recording.nbgrader_export import export
from autograder.releasing.release import release
from autograder.reports.exports import export_csv
from benchmarks.gradebook import Kept
from helpers.errors import CourseError
from tests.autograder.cluster.conftest import ANSWERS, SCORES, points
from tests.autograder.cluster.one_node import Postgres, folder_for_all, program
from tests.nbgrader_command import nbgrader
from tests.tiny_course import TINY

pytestmark = [pytest.mark.postgres, pytest.mark.sandbox]


@pytest.fixture(scope="module")
def server():
    if program("postgres") is None:
        pytest.skip("no PostgreSQL here (Debian: apt-get install postgresql)")
    with folder_for_all() as folder, Postgres(folder) as running:
        yield running


@pytest.fixture(scope="module")
def graded(handed_in, tmp_path_factory):
    """A course graded into SQLite: one of each kind is enough here."""
    root = shutil.copytree(handed_in, tmp_path_factory.mktemp("graded") / "course")
    for student in list(SCORES)[len(ANSWERS) :]:
        shutil.rmtree(root / "submitted" / student)
    grade(Course.at(root), TINY)
    return root


@pytest.fixture
def pair(graded, server, tmp_path, request):
    """(the course with SQLite, the same with an empty PostgreSQL)"""
    name = f"d{abs(hash(request.node.name))}"
    copies = [shutil.copytree(graded, tmp_path / place / "course") for place in ("a", "b")]
    return Course.at(copies[0]), Course.at(copies[1], server.another(name))


def test_the_same_table_from_both(pair, tmp_path):
    sqlite, postgres = pair
    with pytest.raises(CourseError, match="does not know tiny: run `autograder release tiny`"):
        grade(postgres, TINY, pool=Kept())
    release(postgres, TINY)
    grade(postgres, TINY, pool=Kept())
    assert points(postgres) == points(sqlite) != []
    tables = {}
    for course in pair:
        for write in (export, export_csv):
            path = write(course, tmp_path / "table.csv", [TINY])
            # nbgrader asks for the order of names, and these students have none.
            head, *rows = path.read_text().splitlines()
            tables.setdefault(write, []).append([head, *sorted(rows)])
    for first, second in tables.values():
        assert first == second and len(first) > len(points(sqlite))
    # What formgrader asks nbgrader for.
    for ask in (
        lambda api: api.get_assignments(),
        lambda api: sorted(api.get_submissions(TINY), key=lambda row: row["student"]),
        lambda api: sorted(api.get_students(), key=lambda row: row["id"]),
        lambda api: _without_ids(api.get_notebook_submissions(TINY, TINY)),
    ):
        first, second = (_without_ids(ask(course.api())) for course in pair)
        assert first == second and first


def _without_ids(rows):
    """Ids are drawn at random, and nbgrader numbers notebooks in their order."""
    rows = [{name: row[name] for name in row if name not in ("id", "index")} for row in rows]
    return sorted(rows, key=lambda row: json.dumps(row, sort_keys=True, default=str))


def test_each_gradebook_is_told_what_the_other_has(pair):
    """Results that one has do not count as written down in the other."""
    sqlite, postgres = pair
    release(postgres, TINY)
    same = Course.at(sqlite.root, postgres.db)
    grade(same, TINY, pool=Kept())
    assert points(same) == points(sqlite)
    assert same.gradebook_name() != sqlite.gradebook_name() == "sqlite:///gradebook.db"


class Stops(Watcher):
    """Kills the server as soon as two are graded."""

    def __init__(self, server):
        self.server, self.ended = server, []

    def ends(self, student, result):
        self.ended.append(student)
        if len(self.ended) == 2:
            self.server.crash()


def test_a_server_that_goes_away_in_the_middle(pair, server, capsys):
    sqlite, postgres = pair
    release(postgres, TINY)
    # Everybody's submission counts as run again; what was run before is only reckoned.
    shutil.rmtree(postgres.root / ".autograder" / TINY / "status")
    watcher = Stops(server)
    with pytest.raises(CourseError, match="cannot be used .*nothing that was graded is lost"):
        grade(postgres, TINY, watcher=watcher, pool=Kept())
    assert len(watcher.ended) == 2
    shutil.rmtree(postgres.root / "autograded")
    command = ["grade", TINY, "--course", str(postgres.root), "--db", postgres.db]
    with pytest.raises(SystemExit) as end:
        main(command)
    said = capsys.readouterr().err
    assert end.value.code == 2 and said.count("\n") == 1
    assert "The gradebook postgresql://teacher@127.0.0.1:" in said and "refused" in said
    server.start_server()
    results = {result.student: result for result in grade(postgres, TINY, pool=Kept())}
    assert points(postgres) == points(sqlite)
    assert {result.status for result in results.values()} == {"graded", "unreadable"}


def test_the_commands_from_release_to_feedback(handed_in, server, tmp_path, monkeypatch, capsys):
    """With COURSE_DB as somebody would set it; nbgrader's own command follows it, too."""
    root = shutil.copytree(handed_in, tmp_path / "course")
    (root / "gradebook.db").unlink()
    url = server.another("commands")
    monkeypatch.setenv("COURSE_DB", url)
    monkeypatch.chdir(root)

    def say(*words):
        with pytest.raises(SystemExit) as end:
            main(words)
        said = capsys.readouterr()
        assert end.value.code == 0, said.err
        return said.out

    say("release", TINY, "--no-proof")
    rows = json.loads(say("grade", TINY, "--json", "--student", "s00", "--student", "s01"))
    assert [row["score"] for row in rows] == [8.0, 5.0]
    assert rows[0]["gradebook"] == url
    for name in ("submitted", ".autograder"):
        for path in (root / name).iterdir():
            if name == "submitted" and path.name not in ("s00", "s01"):
                shutil.rmtree(path)
    say("feedback", TINY)
    say("report", TINY)
    say("export", "--to", "ours.csv")
    nbgrader(root, "export", "--to", "theirs.csv")
    ours, theirs = ((root / f"{name}.csv").read_text() for name in ("ours", "theirs"))
    assert ours == theirs and "tiny,,,s01,,,,5.0" in ours
    assert not (root / "gradebook.db").exists()
