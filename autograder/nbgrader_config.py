"""Configure nbgrader for a course directory: solutions/ to notebooks/, graded in a sandbox.

A course's own nbgrader_config.py is one call of configure(); what it sets below that call wins.
"""

import os

from nbconvert.preprocessors import ClearMetadataPreprocessor
from nbgrader.preprocessors import (
    AssignLatePenalties,
    CheckCellMetadata,
    ClearHiddenTests,
    ClearMarkScheme,
    ClearOutput,
    ClearSolutions,
    ComputeChecksums,
    DeduplicateIds,
    IgnorePattern,
    LimitOutput,
    LockCells,
    OverwriteCells,
    OverwriteKernelspec,
    SaveCells,
)
from traitlets.config import Config

from autograder.checks.source import FOLDER as CHECKS
from autograder.course.database import complete
from autograder.grading.nbgrader_steps import CanonicalNotebook, SandboxedExecute, SavePoints
from autograder.grading.recording.nbgrader_export import CompleteCsv
from autograder.releasing.autotest import MakeAutotests
from autograder.releasing.current_format import CurrentFormat
from autograder.releasing.graded_cells import FollowCells
from autograder.releasing.handout import CellList, ColabAndHandIn
from autograder.releasing.pictures import EmbedPictures
from autograder.releasing.prove import ProveAssignment
from autograder.reports.exporter import FeedbackPage


def configure(c: Config, course_id: str) -> None:
    """Set everything that nbgrader, formgrader and `autograder` need in a course directory.

    c: what get_config() gives in nbgrader_config.py. course_id: nbgrader's name of the course.
    Raises CourseError where COURSE_DB is no URL of a gradebook.
    """
    c.CourseDirectory.course_id = course_id
    c.CourseDirectory.source_directory = "solutions"
    c.CourseDirectory.release_directory = "notebooks"
    # nbgrader's own list, and the checks: no button of formgrader's may release them.
    c.CourseDirectory.ignore = [".ipynb_checkpoints", "*.pyc", "__pycache__", "feedback", CHECKS]

    # A gradebook in PostgreSQL, for nbgrader's own commands and formgrader as for --db.
    if os.environ.get("COURSE_DB"):
        c.CourseDirectory.db_url = complete(os.environ["COURSE_DB"])

    _release(c)
    _autograde(c)

    # No export while somebody's submission has no final status.
    c.ExportApp.plugin_class = CompleteCsv

    # Feedback as `autograder feedback` writes it: no hidden tests or marking schemes; offline.
    c.GenerateFeedback.exporter_class = FeedbackPage
    c.GenerateFeedback.preprocessors = []


def _release(c):
    c.ClearSolutions.text_stub = "*Your answer here.*"
    # nbgrader's own steps, between what Colab and handing in need; last, a proof that it grades.
    c.GenerateAssignment.preprocessors = [
        CurrentFormat,
        MakeAutotests,
        ColabAndHandIn,
        LockCells,
        ClearSolutions,
        EmbedPictures,
        ClearOutput,
        CheckCellMetadata,
        ComputeChecksums,
        FollowCells,
        SaveCells,
        ClearHiddenTests,
        ClearMarkScheme,
        ComputeChecksums,
        CheckCellMetadata,
        CellList,
        ProveAssignment,
    ]
    # Marking schemes are in the locked question above each written answer: the release leaves
    # them out, and autograding puts them back for whoever marks in formgrader.
    c.ClearMarkScheme.enforce_metadata = False


def _autograde(c):
    # Of a submission only the answers are believed; the rest is the instructor's notebook. No
    # ClearOutput: cells tagged as-handed-in keep what the student saw; no other has outputs.
    c.Autograde.sanitize_preprocessors = [
        CanonicalNotebook,
        DeduplicateIds,
        OverwriteKernelspec,
        OverwriteCells,
        CheckCellMetadata,
    ]
    # It runs in a sandbox, its tests outside, as in `autograder grade`; the rest is nbgrader's.
    c.Autograde.autograde_preprocessors = [
        SandboxedExecute,
        IgnorePattern,
        ClearMetadataPreprocessor,
        LimitOutput,
        SavePoints,
        AssignLatePenalties,
        CheckCellMetadata,
    ]
    # For `nbgrader validate`: seconds per cell, with the short training runs of the quick budget.
    c.Execute.timeout = 180
    # Encrypted channels: nobody else on the machine can read or forge what a kernel says.
    c.KernelManager.transport_encryption = "auto"
