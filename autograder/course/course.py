"""A course directory: the paths of nbgrader's stages, its configuration and gradebook."""

import autograder.nbgrader_alone  # noqa: F401, I001 (before anything that imports nbgrader)

import os
import sysconfig
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any, Self

import nbformat
from nbformat import NotebookNode
from nbgrader.coursedir import CourseDirectory
from traitlets.config import Config, PyFileConfigLoader

from autograder.checks import folders
from helpers import notebook_file
from helpers.errors import CourseError

if TYPE_CHECKING:
    from nbgrader.api import Gradebook
    from nbgrader.apps import NbGraderAPI


@dataclass(frozen=True)
class Course:
    """A course directory.

    root: the folder that contains nbgrader_config.py. db: URL of the gradebook's database, or None
    to use what nbgrader_config.py says.
    """

    root: Path
    db: str | None = None

    @classmethod
    def at(cls, root: Path | str, db: str | None = None) -> Self:
        """The course in the folder `root`, with the gradebook at the URL `db` if given.

        Raises CourseError if root has no nbgrader_config.py or db is not a supported URL.
        """
        root = Path(root).resolve()
        if not (root / "nbgrader_config.py").is_file():
            raise CourseError(
                f"{root} is not a course directory: nbgrader_config.py is missing there; "
                "change to the course directory or name it with --course."
            )
        _find_own_commands()
        return cls(root, _database().complete(db) if db else None)

    def config(self) -> Config:
        """The settings of nbgrader_config.py, with the root and gradebook of this course."""
        config = PyFileConfigLoader("nbgrader_config.py", path=str(self.root)).load_config()
        config.merge(Config(CourseDirectory={"root": str(self.root)}))
        if self.db:
            config.merge(Config(CourseDirectory={"db_url": self.db}))
        return config

    def api(self, further: Config | None = None, **overrides: Any) -> "NbGraderAPI":
        """nbgrader's API for this course.

        further: settings for this time. overrides: traits of its CourseDirectory.
        """
        from nbgrader.apps import NbGraderAPI  # imports the whole notebook server

        _database()
        config = self.config()
        config.merge(Config(CourseDirectory=overrides))
        config.merge(further or Config())
        return NbGraderAPI(CourseDirectory(config=config), config=config)

    def run(
        self, step: str, function: Callable[..., dict[str, Any]], *arguments: Any, **options: Any
    ) -> dict[str, Any]:
        """Run a function of nbgrader's API and append its log to nbgrader.log; returns its result.

        step: the heading in the log. The result has success, and may have log and error.
        """
        result = function(*arguments, **options)
        with open(self.root / "nbgrader.log", "a", encoding="utf-8") as log:
            log.write(f"=== {step}\n{result.get('log', '')}{result.get('error') or ''}\n")
        return result

    def database(self) -> str:
        """The gradebook's URL, password included. Raises CourseError if it is not supported."""
        return _database().complete(CourseDirectory(config=self.config()).db_url)

    def gradebook_name(self) -> str:
        """The gradebook's URL to show and to compare: no password, relative to the root."""
        return _database().shown(self.database()).replace(f"{self.root}/", "")

    def gradebook(self) -> "Gradebook":
        """Open nbgrader's Gradebook. Raises CourseError if its database cannot be used."""
        return _database().gradebook(self.database())

    # In all of these, NOTEBOOK is the assignment's name unless it has several notebooks.

    def source(self, assignment: str, notebook: str | None = None) -> Path:
        """solutions/NAME/NOTEBOOK.ipynb; raises CourseError if it does not exist."""
        return folders.notebook(self.root, assignment, notebook)

    def released(self, assignment: str, notebook: str | None = None) -> Path:
        """notebooks/NAME/NOTEBOOK.ipynb, which may not exist."""
        return self.root / "notebooks" / assignment / f"{notebook or assignment}.ipynb"

    def submitted(self, student: str, assignment: str, notebook: str | None = None) -> Path:
        """submitted/STUDENT/NAME/NOTEBOOK.ipynb, which may not exist."""
        return self._stage("submitted", student, assignment, f"{notebook or assignment}.ipynb")

    def autograded(self, student: str, assignment: str, notebook: str | None = None) -> Path:
        """autograded/STUDENT/NAME/NOTEBOOK.ipynb, which may not exist."""
        return self._stage("autograded", student, assignment, f"{notebook or assignment}.ipynb")

    def feedback(self, student: str, assignment: str, notebook: str | None = None) -> Path:
        """feedback/STUDENT/NAME/NOTEBOOK.html, which may not exist."""
        return self._stage("feedback", student, assignment, f"{notebook or assignment}.html")

    def results(self, assignment: str, notebook: str | None = None) -> Path:
        """The folder of what the kit keeps about grading: .autograder/NAME.

        Of one of several notebooks, .autograder/NAME/notebooks/NOTEBOOK.
        """
        folder = self.root / ".autograder" / assignment
        return folder if notebook in (None, assignment) else folder / "notebooks" / str(notebook)

    def _stage(self, stage: str, student: str, assignment: str, name: str) -> Path:
        return self.root / stage / student / assignment / name

    def students(self, assignment: str) -> list[str]:
        """The ids of the students with a submission for this assignment, sorted."""
        return sorted(
            path.parent.name for path in (self.root / "submitted").glob(f"*/{assignment}")
        )


def _database() -> ModuleType:
    """What opens a gradebook; processes that run submissions need none, and no SQLAlchemy."""
    from autograder.course import database

    return database


def _find_own_commands() -> None:
    """Put alembic on PATH: nbgrader calls it by name, even if no environment is activated."""
    scripts = sysconfig.get_path("scripts")
    if scripts not in os.environ["PATH"].split(os.pathsep):
        os.environ["PATH"] = scripts + os.pathsep + os.environ["PATH"]


def read_notebook(path: Path | str) -> NotebookNode:
    """Read a notebook that any editor wrote, as a valid one of format 4.5.

    Raises CourseError, which says what is wrong with the file.
    """
    return read_with_remark(path)[0]


def read_graded(path: Path | str) -> NotebookNode:
    """As read_notebook, for what the grader wrote: that may be longer than what is handed in."""
    return _read(path, bounded=False)[0]


def read_with_remark(path: Path | str) -> tuple[NotebookNode, str | None]:
    """As read_notebook; also returns a sentence on what had to be repaired, or None."""
    return _read(path)


def _read(path: Path | str, *, bounded: bool = True) -> tuple[NotebookNode, str | None]:
    try:
        raw = Path(path).read_bytes()
    except OSError as error:
        raise CourseError(f"{path} cannot be read: {error.strerror or error}.") from None
    notebook = notebook_file.parse(raw, path, bounded=bounded)
    return nbformat.from_dict(notebook.content), notebook.remark
