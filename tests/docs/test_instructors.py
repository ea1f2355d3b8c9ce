"""docs/instructors.md, followed to the letter: its files written, its commands run in order."""

import csv
import json
import re
import shutil
import subprocess
import zipfile

import nbformat
import pytest

from autograder.course.course import Course, read_notebook
from autograder.demo.sample_class import submissions
from autograder.grading.recording.store import Store
from autograder.notebooks.fill_answers import fill, solution_sources
from tests.docs.pages import ROOT, blocks, read

NAME = "foundations"
CANVAS = """\
Student,ID,SIS User ID,SIS Login ID,Section,Foundations (77001),Final Score\r
    Points Possible,,,,,100.00,(read only)\r
"Berg, Esther",2003,,eberg,A,,\r
"Mensah, Kwame",2005,,kmensah,A,,\r
"Obi, Amara",2001,,aobi,A,,\r
"Ricci, Chiara",2002,,cricci,A,,\r
"Weiss, Jonas",2004,,jweiss,A,,\r
"Student, Test",2999,,0123abc,A,,\r
"""


class Week:
    """A scratch copy of the kit, and what the people of the week do between the commands."""

    def __init__(self, folder, environment):
        self.kit, self.course = folder / "kit", folder / "my-course"
        for name in ("nbgrader_config.py", "course.toml", f"solutions/{NAME}"):
            target = self.kit / name
            target.parent.mkdir(parents=True, exist_ok=True)
            copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
            copy(ROOT / name, target)
        self.environment, self.here, self.said = environment, self.kit, {}

    def write(self, block):
        (self.here / block.target("file")).write_text(block.text, encoding="utf-8")

    def run(self, block):
        """The lines of a block, one after the other in one shell; keeps what each said."""
        for line in block.text.strip().splitlines():
            self.before(line)
            script = f"set -eu\n{line}\npwd > {self.kit}/.here"
            done = subprocess.run(
                ["bash", "-c", script], cwd=self.here, env=self.environment, text=True,
                capture_output=True, stdin=subprocess.DEVNULL,
            )  # fmt: skip
            assert done.returncode == 0, f"{line}\n{done.stdout}\n{done.stderr}"
            self.said.setdefault(line, []).append(done.stdout)
            self.here = type(self.kit)((self.kit / ".here").read_text().strip())

    def before(self, line):
        """What students, Canvas and whoever marks have done by then."""
        if line.endswith(" submissions.zip"):
            self.download("submissions.zip")
        elif line.endswith(" submissions-later.zip"):
            self.download("submissions-later.zip", late=True)
        elif line.endswith(" corrected"):
            (self.course / "corrected").mkdir()
            nbformat.write(self.written()["amara"], self.course / "corrected" / "kwame.ipynb")
        elif line == f"autograder feedback {NAME}" and line not in self.said:
            self.mark("amara")
        elif "--canvas" in line:
            (self.course / "canvas.csv").write_text(CANVAS, encoding="utf-8", newline="")

    def written(self):
        """{student: notebook} of the demo's class, from what was released here."""
        return submissions(Course.at(self.course), NAME)

    def download(self, name, late=False):
        """What Canvas gives out as Download Submissions."""
        made = {who: nbformat.writes(notebook).encode() for who, notebook in self.written().items()}
        released = read_notebook(Course.at(self.course).released(NAME))
        source = read_notebook(Course.at(self.course).source(NAME))
        half = fill(released, {"ridge": solution_sources(source)["ridge"]})
        files = {
            "obiamara_2001_90001_foundations.ipynb": made["amara"],
            "riccichiara_2002_90002_foundations.ipynb": nbformat.writes(half).encode(),
            "riccichiara_2002_90007_foundations-1.ipynb": made["chiara"],
            "bergesther_2003_90003_my homework.ipynb": made["esther"],
            "mensahkwame_2005_90004_foundations.ipynb": made["kwame"],
            "somebodyelse_2999_90005_foundations.ipynb": made["bilal"],
        }
        if late:
            files["weissjonas_LATE_2004_90009_foundations.ipynb"] = made["lin"]
        with zipfile.ZipFile(self.course / name, "w") as archive:
            for key, content in files.items():
                archive.writestr(key, content)

    def mark(self, student):
        """In formgrader: full marks for each written answer, and a comment."""
        with Course.at(self.course).gradebook() as gradebook:
            page = gradebook.find_submission_notebook(NAME, NAME, student)
            for grade in page.grades:
                if grade.needs_manual_grade:
                    grade.manual_score, grade.needs_manual_grade = grade.max_score, False
            page.comments[-1].manual_comment = "Well argued, Amara."
            gradebook.db.commit()

    def scores(self):
        """{student: automatic points} as the last grading run left them."""
        store = Store.of(Course.at(self.course), NAME)
        names = Course.at(self.course).students(NAME)
        return {name: store.status(name)["score"] for name in names}


EXPECTED = {"amara": 60, "chiara": 55, "esther": 53, "jonas": 40, "kwame": 60}


def rows(path):
    with open(path, newline="", encoding="utf-8") as file:
        return list(csv.reader(file))


def every_command_of_the_page_was_run(week):
    told = [block for block in blocks(read("instructors.md")) if block.language == "bash"]
    lines = [line for block in told for line in block.text.strip().splitlines()]
    assert sum(map(len, week.said.values())) == len(lines) > 20


def students_get_no_answers(week):
    kit = week.course.parent / "my-students"
    text = "".join(path.read_text("utf-8") for path in (kit / "notebooks").rglob("*.ipynb"))
    assert "def ridge" in text and "BEGIN SOLUTION" not in text and "judge(" not in text
    assert "colab.research.google.com/github/OWNER/NAME" in text
    # The kit is an installed package here: pip has put them elsewhere.
    pages = "docs/students.md", "docs/slurm/setup.sh", "docs/pictures/wrong-answer.png"
    assert all((kit / name).is_file() for name in ("LICENSE", *pages))


def every_file_of_the_download_is_accounted_for(week):
    (first,) = week.said[f"autograder collect {NAME} submissions.zip"]
    for words in (
        r"taken\s+│ amara",
        r"replaced by a later one\s+│ chiara",
        r"not matched\s+│ -",
        "Nothing from: jonas",
    ):
        assert re.search(words, first), (words, first)
    (later,) = week.said[f"autograder collect {NAME} submissions-later.zip"]
    assert "it was there already" in later
    assert re.search(r"taken\s+│ jonas .*late", later), later


def scores_are_those_that_the_answers_deserve(week):
    assert week.scores() == EXPECTED
    before = week.said[f"autograder grade {NAME}"][0]
    assert re.search(r"esther\s+│\s+53 / 60 │ ridge: the bias penalised", before), before
    assert re.search(r"kwame\s+│\s+53 / 60 │ ridge: .*SyntaxError", before), before
    assert re.search(r"jonas\s+│\s+- │ no submission", before), before


def only_what_is_new_was_run(week):
    log = (week.course / ".autograder" / NAME / "attempts.jsonl").read_text().splitlines()
    started = [row["student"] for row in map(json.loads, log) if row["event"] == "started"]
    everybody = sorted(EXPECTED)
    assert sorted(started[:4]) == ["amara", "chiara", "esther", "kwame"]
    # What kwame corrected is what amara has handed in: its result is known.
    assert started[4] == "jonas"
    # Results thrown away: everybody again.
    assert sorted(started[5:]) == everybody
    kept = week.course / ".autograder" / NAME / "replaced" / "kwame" / "1" / f"{NAME}.ipynb"
    assert "def ridge(Z, y, lam)\\n" in kept.read_text("utf-8")


def a_complaint_is_answered_by_name(week):
    (said,) = week.said[f"autograder judge sent.py --assignment {NAME}"]
    assert "the bias penalised" in said and "foundations.ridge" in said


def everybody_has_a_page_with_their_own_mistake_and_nothing_hidden(week):
    pages = {name: week.course / "feedback" / name / NAME / f"{NAME}.html" for name in EXPECTED}
    text = {name: path.read_text("utf-8") for name, path in pages.items()}
    assert "the bias penalised" in text["esther"] and "the bias penalised" not in text["amara"]
    assert "unsorted" in text["chiara"] and "Well argued, Amara." in text["amara"]
    for page in text.values():
        assert "BEGIN HIDDEN" not in page and "judge(" not in page and "Marking scheme" not in page
    report = (week.course / "reports" / f"{NAME}.html").read_text("utf-8")
    assert "the bias penalised" in report and "jonas" in report


def canvas_gets_the_totals_and_keeps_the_rest(week):
    before = list(csv.reader(CANVAS.splitlines()))
    after = rows(week.course / "for-canvas.csv")
    filled = {row[1]: row[5] for row in after[2:]}
    # Amara's written answers are marked, 40 points; nobody else's are.
    expected = {"2001": 100, "2002": 55, "2003": 53, "2004": 40, "2005": 60}
    assert {key: float(value) for key, value in filled.items() if value} == expected
    assert [row[:5] + row[6:] for row in after] == [row[:5] + row[6:] for row in before]
    # Everybody was graded anew after that; marks given by hand stayed.
    with Course.at(week.course).gradebook() as gradebook:
        assert gradebook.find_submission(NAME, "amara").score == 100
    table = rows(week.course / "grades.csv")
    assert [row[0] for row in table[1:]] == sorted(EXPECTED)
    assert dict(zip(*table[:2], strict=True))["test_ridge"] == "7"


@pytest.mark.slow
@pytest.mark.sandbox
def test_the_week_of_the_page(tmp_path, installed):
    """One test: with several, each worker of pytest would go through a week of its own."""
    week = Week(tmp_path, installed)
    for block in blocks(read("instructors.md")):
        if block.language == "bash":
            week.run(block)
        elif block.target("file"):
            week.write(block)
    every_command_of_the_page_was_run(week)
    students_get_no_answers(week)
    every_file_of_the_download_is_accounted_for(week)
    scores_are_those_that_the_answers_deserve(week)
    only_what_is_new_was_run(week)
    a_complaint_is_answered_by_name(week)
    everybody_has_a_page_with_their_own_mistake_and_nothing_hidden(week)
    canvas_gets_the_totals_and_keeps_the_rest(week)
