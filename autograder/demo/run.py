"""A class of twelve for `make demo`: one right, nine wrong in different ways, one of each rest."""

import shutil
import time
from pathlib import Path

from autograder.exercises import answers
from autograder.grading.course import Course, read_notebook
from autograder.grading.feedback import feedback
from autograder.grading.fill import fill, solution_sources, write_submission
from autograder.grading.grade import grade
from autograder.grading.release import release
from autograder.reports import tables
from autograder.reports.progress import Live

ASSIGNMENT = "gan-mnist"

# Student: the misconception that takes the place of the right answer in each exercise.
WRONG = {
    "bilal": {"preprocess_img": "no shift", "deprocess_img": "no shift"},
    "chiara": {"sample_noise": "normal noise divided by its maximum"},
    "dmitri": {"discriminator": "a sigmoid at the end", "generator": "no tanh at the end"},
    "esther": {"discriminator_loss": "averaged instead of added"},
    "farid": {"generator_loss": "trained to look fake", "bce_loss": "unstable for large logits"},
    "greta": {
        "minimax_generator_loss": "cross-entropy against label 0, reported positive",
        "js_divergence": "the halves missing",
    },
    "hiro": {"gan_step": "missing detach", "get_optimizer": "betas left at their default"},
    "ines": {
        "ls_discriminator_loss": "a sigmoid applied first",
        "ls_generator_loss": "a sigmoid applied first",
        "build_dc_generator": "a batch size baked in",
    },
}
BROKEN = {
    "kwame": {"bce_loss": "def bce_loss(input, target)\n    return input.mean()"},
    "lin": {"generator_loss": "def generator_loss(logits_fake):\n    return bce_los(logits_fake)"},
}


def submissions(course):
    """Notebooks by student, made from the released one."""
    released = read_notebook(course.released(ASSIGNMENT))
    right = solution_sources(read_notebook(course.source(ASSIGNMENT)))
    bank = {(a.name, a.misconception): a.source for a in reversed(answers.answers(ASSIGNMENT))}
    made = {"amara": fill(released, right), "jonas": released}
    for student, wrong in WRONG.items():
        picked = {name: bank[name, misconception] for name, misconception in wrong.items()}
        made[student] = fill(released, right | picked)
    for student, sources in BROKEN.items():
        made[student] = fill(released, right | sources)
    return dict(sorted(made.items()))


def run(course_root, folder, console, **options):
    """Make a course in `folder`, release, hand in, grade (with options), and print the table."""
    start = time.perf_counter()

    def say(text):
        seconds = time.perf_counter() - start
        console.print(f"[{seconds:5.0f} s] {text}", markup=False, highlight=False, soft_wrap=True)

    home = Course.at(course_root)
    home.source(ASSIGNMENT)
    folder = Path(folder).resolve()
    if folder.exists():
        shutil.rmtree(folder)
    folder.mkdir(parents=True)
    shutil.copy(home.root / "nbgrader_config.py", folder)
    shutil.copytree(home.root / "solutions" / ASSIGNMENT, folder / "solutions" / ASSIGNMENT)
    course = Course.at(folder)
    say(f"releasing {ASSIGNMENT} in {folder}")
    release(course, ASSIGNMENT)
    handed_in = submissions(course)
    for student, notebook in handed_in.items():
        write_submission(course, student, ASSIGNMENT, notebook)
    say(f"{len(handed_in)} students handed in; running their notebooks")
    with Live(console, ASSIGNMENT) as watcher:
        # This class is ours: it may be run where nothing can be isolated.
        results = grade(course, ASSIGNMENT, watcher=watcher, allow_unsandboxed=True, **options)
    say(f"isolation of each: {results[0].isolation['meaning']}")
    say("writing feedback pages")
    pages = feedback(course, ASSIGNMENT)
    console.print(tables.class_table(ASSIGNMENT, results))
    say(f"gradebook: {folder / 'gradebook.db'}")
    say(f"feedback, {len(pages)} pages: {folder / 'feedback' / 'STUDENT' / ASSIGNMENT}")
