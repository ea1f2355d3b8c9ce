"""What is run of a submission, under which key, and what tells that nothing has to be run."""

import dataclasses
import os
from pathlib import Path
from types import SimpleNamespace

import pytest
from nbformat.v4 import new_code_cell

from autograder.grading.preparing import jobs
from autograder.notebooks.kept_outputs import TAG
from autograder.sandbox.kernel_limits import Limits
from helpers.errors import CourseError
from tests.autograder.grading.plain_gradebook import HW, book, course_of, hand_out, write

MINE = "def double(x): ..."


@pytest.fixture(autouse=True)
def one_environment(monkeypatch):
    """The kit is not read for each test."""
    monkeypatch.setattr(jobs, "_environment", {"kit": "k"})


@pytest.fixture
def course(tmp_path):
    course = course_of(tmp_path / "course")
    hand_out(course)
    write(course.submitted("ada", HW), book(MINE))
    return course


def found(course, limits=None):
    """(what tells that nothing has to be looked at, the key of the result)."""
    blueprint, path = jobs.blueprint(course, HW), course.submitted("ada", HW)
    limits = limits or Limits()
    job, _ = jobs.job_of(blueprint, path, limits)
    return jobs.inputs_of(blueprint, path, limits), job.key


def changed(course, change):
    """Whether a change is looked at, and whether it is run."""
    before = found(course)
    change(course)
    after = found(course)
    return before[0] != after[0], before[1] != after[1]


def source_of(course):
    return course.source(HW).parent


def released(**cells):
    """Write another notebook for students, and its source."""

    def change(course):
        for path in course.source(HW), course.released(HW):
            write(path, book(**cells))

    return change


def handed_in(name, content="x"):
    return lambda course: write(course.submitted("ada", HW).parent / name, content)


def beside(name, content="x"):
    return lambda course: write(source_of(course) / name, content)


def another_tag(course):
    notebook = book()
    notebook.cells[1].metadata["tags"] = ["new"]
    write(course.released(HW), notebook)


def more_shown_only(course):
    notebook = book()
    notebook.cells.append(new_code_cell("plot()", id="shown", metadata={"tags": [TAG]}))
    write(course.released(HW), notebook)


@pytest.mark.parametrize(
    "change, looked_at, run",
    [
        (handed_in("hw.ipynb", book("def double(x): return 1")), True, True),
        (handed_in("hw.ipynb", book(MINE, why="Another text.")), True, False),
        (handed_in("x.csv"), True, True),
        (handed_in("deep/x.csv"), True, True),
        (handed_in("timestamp.txt", "2026-01-01"), True, False),
        (beside("x.csv"), True, True),
        (beside("checks/__init__.py", "x = 1"), True, True),
        (beside("models/x.bin"), False, False),
        (beside("checkpoints/x.bin"), False, False),
        (released(test="assert double(1) == 3"), True, True),
        (released(why="Why, then?"), True, False),
        (another_tag, True, False),
        (more_shown_only, True, True),  # a test may use what it defines
    ],
)
def test_what_decides_is_looked_at_and_run(course, change, looked_at, run):
    assert changed(course, change) == (looked_at, run)


@pytest.mark.parametrize("name", [each.name for each in dataclasses.fields(Limits)])
def test_every_limit_decides(course, name):
    value = getattr(Limits(), name)
    if isinstance(value, bool) or not isinstance(value, int | float):
        pytest.skip("not a number")
    other = dataclasses.replace(Limits(), **{name: value + 1})
    before, after = found(course), found(course, other)
    assert before[0] != after[0] and before[1] != after[1]


def test_data_and_software_decide(course, monkeypatch):
    for change in (
        lambda: monkeypatch.setattr(jobs, "_environment", {"kit": "another"}),
        lambda: monkeypatch.setattr(jobs, "data", lambda: {"mnist/x.gz": 5}),
    ):
        before = found(course)
        change()
        after = found(course)
        assert before[0] != after[0] and before[1] != after[1]


def test_the_name_of_a_file_decides_and_a_notebook_s_only_what_is_looked_at(course):
    folder = course.submitted("ada", HW).parent
    write(folder / "x.csv", "x")
    before = found(course)
    (folder / "x.csv").rename(folder / "y.csv")
    after = found(course)
    assert before[0] != after[0] and before[1] != after[1]
    blueprint = jobs.blueprint(course, HW)
    other = course.submitted("ada", HW).rename(folder / "other.ipynb")
    assert jobs.inputs_of(blueprint, other, Limits()) != after[0]
    assert jobs.job_of(blueprint, other, Limits())[0].key == after[1]


def test_a_job_has_what_the_teacher_gives_before_what_a_student_hands_in(course):
    folder = course.submitted("ada", HW).parent
    for name in "both.csv", "mine.csv":
        write(folder / name, "mine")
    for name in "both.csv", "given.csv", "models/m":
        write(source_of(course) / name, "given")
    write(source_of(course) / "more.ipynb", book())
    (folder / "link").symlink_to("both.csv")
    notebook = book(MINE, test="pass")
    write(folder / "hw.ipynb", notebook)
    limits = Limits(cell_seconds=7)
    task = jobs.Task("ada", folder / "hw.ipynb", "It was found.", jobs.blueprint(course, HW), "i")
    job, remarks = task.job(limits)
    assert {name: path.read_text() for name, path in job.files.items()} == {
        "both.csv": "given", "given.csv": "given", "mine.csv": "mine"
    }  # fmt: skip
    assert remarks == (
        "It was found.",
        "test_double: the cell was changed; the original was used.",
        "'link' is not an ordinary file; it was left out.",
    )
    plain = dataclasses.replace(task, remark=None)
    assert plain.job(limits)[1] == remarks[1:]
    assert [cell.source for cell in job.notebook.cells[:2]] == [MINE, "assert double(1) == 2"]
    assert job.limits is limits and job.checks.assignment == HW
    assert dataclasses.replace(job, key="") == dataclasses.replace(
        jobs.job_for(task.blueprint, job.notebook, {"mine.csv": folder / "mine.csv"}, limits),
        key="",
        files=job.files,
    )


def test_a_blueprint_knows_its_cells_by_what_they_are(course):
    source = book(test="hidden")
    source.cells.insert(0, new_code_cell("import torch", id="setup"))
    source.cells[2].metadata.nbgrader["points"] = 4
    write(course.source(HW), source)
    source.cells[2].source, source.cells[2].metadata.nbgrader["points"] = "visible", 3
    write(course.released(HW), source)
    blueprint = jobs.blueprint(course, HW)
    assert blueprint.given == ("import torch",) and blueprint.tests == ["test_double"]
    assert blueprint.hidden == {"test_double": "hidden"}
    assert blueprint.worth == {"test_double": 3.0, "why": 2.0}
    assert blueprint.worth_now == {"test_double": 4.0, "why": 2.0}
    assert (blueprint.label, blueprint.name, blueprint.notebook) == (HW, HW, HW)
    restored = jobs.with_hidden(blueprint, blueprint.released)
    assert [cell.source for cell in restored.cells if cell.cell_type == "code"] == [
        "import torch", "# your code", "hidden"
    ]  # fmt: skip


def test_points_tell_another_release(course):
    before = jobs.blueprint(course, HW).points
    notebook = book()
    notebook.cells[2].metadata.nbgrader["points"] = 2.5
    write(course.released(HW), notebook)
    assert jobs.blueprint(course, HW).points != before
    write(course.released(HW), book(why="Another text."))
    assert jobs.blueprint(course, HW).points == before


def test_of_several_notebooks_each_has_its_blueprint(tmp_path):
    course = course_of(tmp_path / "course", notebooks=("one", "two"))
    hand_out(course, "one", "two")
    labels = [each.label for each in jobs.blueprints(course, HW)]
    assert labels == ["hw/one", "hw/two"]
    course.released(HW, "two").unlink()
    with pytest.raises(CourseError) as caught:
        jobs.blueprints(course, HW)
    assert str(caught.value) == (
        f"hw has not been released ({course.released(HW, 'two')} is missing): run "
        "`autograder release hw` first."
    )
    with pytest.raises(CourseError, match="There is no assignment 'nowhere'"):
        jobs.blueprint(course, "nowhere")


def test_a_notebook_of_another_language_is_not_graded(course):
    source = book()
    source.metadata["language_info"] = {"name": "julia"}
    source.metadata["kernelspec"] = {"language": "R"}
    write(course.source(HW), source)
    with pytest.raises(CourseError, match="hw.ipynb is in julia, and only notebooks in Python can"):
        jobs.blueprint(course, HW)


def test_what_is_too_large_or_no_notebook_makes_no_job(course, monkeypatch):
    path = course.submitted("ada", HW)
    path.write_text("{")
    with pytest.raises(CourseError, match="hw.ipynb is not a notebook"):
        jobs.job_of(jobs.blueprint(course, HW), path, Limits())
    monkeypatch.setattr("autograder.grading.preparing.handed_in.LARGEST_NOTEBOOK", 0)
    with pytest.raises(CourseError, match="more than the 0 MB allowed"):
        jobs.job_of(jobs.blueprint(course, HW), path, Limits())


def test_what_cannot_be_taken_from_beside_a_notebook_is_told(tmp_path):
    """A folder that is too deep is one remark; its notebooks are none."""
    deep = "/".join("d" * 12)
    for name in "a.csv", f"{deep}/x.csv", f"{deep}/x.ipynb", os.fsdecode(b"caf\xe9.csv"):
        write(tmp_path / name, "x")
    files, remarks = jobs.further_files(tmp_path)
    assert [*files] == ["a.csv"]
    assert remarks == [
        f"{os.fsdecode(b'caf' + bytes([0xE9]) + b'.csv')!r} was left out: its name is not UTF-8.",
        f"{deep!r} was left out: it is nested too deeply, in more than 11 folders.",
    ]


# The kit and what is installed.

DECIDES = ("oracles", "judging", "checks", "sandbox", "notebooks", "grading")


@pytest.fixture
def kit(tmp_path):
    folders = [f"autograder/{name}/deep" for name in (*DECIDES, "reports", "collecting", "course")]
    for folder in (*folders, "helpers/deep", "solutions/hw"):
        write(tmp_path / folder / "a.py", '"""Text."""\nx = 1\n')
    write(tmp_path / "helpers" / "w.safetensors", "1")
    return tmp_path


@pytest.mark.parametrize(
    "name, decides",
    [
        *((f"autograder/{folder}/deep/a.py", True) for folder in DECIDES),
        *((f"autograder/{folder}/deep/a.py", False) for folder in ("reports", "collecting")),
        ("helpers/deep/a.py", True),
        ("helpers/w.safetensors", True),
        ("solutions/hw/a.py", False),
        ("helpers/new.py", True),
        ("helpers/new.md", False),
    ],
)
def test_which_files_of_the_kit_decide_a_score(kit, name, decides):
    before = jobs.kit_digest(kit)
    assert jobs.kit_digest(kit) == before
    write(kit / name, "x = 2\n")
    assert (jobs.kit_digest(kit) != before) is decides


def test_a_file_of_the_kit_counts_with_its_name_and_wherever_the_kit_is(kit, tmp_path_factory):
    before = jobs.kit_digest(kit)
    moved = kit.rename(tmp_path_factory.mktemp("other") / "kit")
    assert jobs.kit_digest(moved) == before
    write(moved / "helpers" / "deep" / "a.py", '"""Another text."""\n\nx = 1  # why\n')
    assert jobs.kit_digest(moved) == before
    (moved / "helpers" / "deep" / "a.py").rename(moved / "helpers" / "deep" / "b.py")
    assert jobs.kit_digest(moved) != before


def package(name, version, origin=None):
    about = {"Name": name, "Version": version}
    return SimpleNamespace(metadata=about, read_text={"direct_url.json": origin}.get)


@pytest.mark.parametrize(
    "origin, shown",
    [
        (None, "1.0"),
        ('{"vcs_info": {"commit_id": "abc"}}', "1.0 at abc"),
        ('{"vcs_info": {}}', "1.0"),
        ('{"dir_info": {}}', "1.0"),
        *((text, "1.0") for text in ("{", "[]", '{"vcs_info": 5}', "")),
    ],
)
def test_what_is_installed_has_its_version_and_commit(monkeypatch, origin, shown):
    there = [
        package("Some_Pack_Age", "1.0", origin),
        package("some-pack-age", "2.0"),  # Python imports the first
        package(None, "3.0"),
        package("DGM_course-kit", "4.0"),
        package("other", "5.0"),
    ]
    monkeypatch.setattr(jobs, "distributions", lambda: there)
    assert jobs.installed() == {"some-pack-age": shown, "other": "5.0"}


def test_the_environment_is_found_once_and_taken_over_where_it_is_known(monkeypatch):
    asked = []
    monkeypatch.setattr(jobs, "installed", lambda: {"kit": "old", "torch": "2"})
    monkeypatch.setattr(jobs, "kit_digest", lambda root: asked.append(root) or "digest")
    monkeypatch.setattr(jobs.platform, "python_version", lambda: "3.x")
    jobs.take_environment({})
    for _ in range(2):
        assert jobs.environment() == {"kit": "digest", "torch": "2", "python": "3.x"}
    assert asked == [Path(jobs.__file__).parents[3]]
    jobs.take_environment({"kit": "theirs"})
    assert jobs.environment() == {"kit": "theirs"} and len(asked) == 1


def test_the_files_of_the_data_sets_are_known_by_their_sizes(tmp_path, monkeypatch):
    for name, size in ("mnist/b.gz", 3), ("a.gz", 0), ("a.txt", 5):
        write(tmp_path / name, "x" * size)
    (tmp_path / "folder.gz").mkdir()
    monkeypatch.setattr(jobs, "data_folder", lambda: tmp_path)
    assert jobs.data() == {"a.gz": 0, "mnist/b.gz": 3}
    monkeypatch.setattr(jobs, "data_folder", lambda: None)
    assert jobs.data() == {}
