"""nbgrader on this course directory: solutions/ is its source, notebooks/ what it releases."""

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

from autograder.course.database import complete
from autograder.grading.nbgrader_steps import CanonicalNotebook, SandboxedExecute, SavePoints
from autograder.grading.recording.nbgrader_export import CompleteCsv
from autograder.releasing.handout import CellList, ColabAndHandIn
from autograder.reports.exporter import FeedbackPage

c = get_config()  # noqa: F821 (nbgrader hands it to this file)

c.CourseDirectory.course_id = "deep-generative-models"
c.CourseDirectory.source_directory = "solutions"
c.CourseDirectory.release_directory = "notebooks"

# A gradebook in PostgreSQL, for nbgrader's own commands and formgrader as for --db.
if os.environ.get("COURSE_DB"):
    c.CourseDirectory.db_url = complete(os.environ["COURSE_DB"])

c.ClearSolutions.code_stub = {"python": "# YOUR CODE HERE\nraise NotImplementedError()"}
c.ClearSolutions.text_stub = "*Your answer here.*"

# nbgrader's own steps, between what Colab and handing in need.
c.GenerateAssignment.preprocessors = [
    ColabAndHandIn,
    LockCells,
    ClearSolutions,
    ClearOutput,
    CheckCellMetadata,
    ComputeChecksums,
    SaveCells,
    ClearHiddenTests,
    ClearMarkScheme,
    ComputeChecksums,
    CheckCellMetadata,
    CellList,
]

# Marking schemes stand in the locked question above each written answer: the release leaves them
# out, and autograding puts them back for whoever marks in formgrader.
c.ClearMarkScheme.enforce_metadata = False

# Of a submission only the answers are believed; the rest is the instructor's notebook. No
# ClearOutput: cells tagged as-handed-in keep what the student saw, and no other cell has outputs.
c.Autograde.sanitize_preprocessors = [
    CanonicalNotebook,
    DeduplicateIds,
    OverwriteKernelspec,
    OverwriteCells,
    CheckCellMetadata,
]

# It runs in a sandbox, its tests outside, as in `autograder grade`; the rest is nbgrader's own.
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

# No export while somebody's submission has no final status.
c.ExportApp.plugin_class = CompleteCsv

# Feedback as `autograder feedback` writes it: no hidden tests, no marking schemes, works offline.
c.GenerateFeedback.exporter_class = FeedbackPage
c.GenerateFeedback.preprocessors = []
