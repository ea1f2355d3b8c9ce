"""Pack what students need in one zip that pip installs: helpers, released notebooks and docs.

It contains no oracle, hidden test or solution, so it can be published.
"""

import re
import zipfile
from importlib.metadata import PackageNotFoundError, files, requires
from pathlib import Path

import helpers
from autograder.course.course import Course
from autograder.course.settings import Settings
from autograder.grading.preparing.jobs import NOT_GIVEN
from helpers.errors import CourseError
from helpers.files import whole

PYPROJECT = """\
[build-system]
requires = ["setuptools>=69"]
build-backend = "setuptools.build_meta"

[project]
name = "dgm-course-helpers"
description = "What the notebooks of the course import"
version = "{version}"
requires-python = ">=3.11"
dependencies = [
{dependencies}
]

[project.optional-dependencies]
lab = ["jupyterlab>=4.2", "nbclient>=0.10"]

[tool.setuptools.packages.find]
include = ["helpers*"]

[tool.setuptools.package-data]
"helpers.quality" = ["weights/*", "real/*"]
"""
README = """\
# {title}

The notebooks of the course and the package `helpers` that they import.

    pip install ".[lab]"
    jupyter lab notebooks

How to set up, hand in, and what to do when something goes wrong: docs/students.md.
"""
ENVIRONMENT = """\
# conda env create -f environment.yml && conda activate dgm
name: dgm
channels:
  - conda-forge
dependencies:
  - python=3.12
  - pip
  - pip:
      - -e .[lab]
"""
PACKAGE = "dgm-course-kit"
# The licence and the docs for students, with the scripts for Slurm; pyproject.toml names them, too.
PAGES = (
    "LICENSE",
    *(f"docs/{page}" for page in ("students.md", "colab.md", "pace.md", "slurm")),
    "docs/pictures/wrong-answer.png",
)
# Where pip puts them.
SHARED = f"share/{PACKAGE}/"
SKIPPED = ("__pycache__", ".ipynb_checkpoints", *NOT_GIVEN)


def kit(course: Course, path: Path) -> Path:
    """Write the zip; returns its path.

    Raises CourseError if nothing has been released or the zip cannot be written.
    """
    path = Path(path)
    released = sorted((course.root / "notebooks").glob("*/*.ipynb"))
    if not released:
        raise CourseError(
            f"Nothing has been released in {course.root / 'notebooks'}: run "
            "`autograder release ASSIGNMENT` first."
        )
    title = Settings.of(course.root).title or "Course notebooks"
    lines = [f'    "{name}",' for name in _dependencies()]
    pyproject = PYPROJECT.format(version=helpers.__version__, dependencies="\n".join(lines))
    made = {
        "pyproject.toml": pyproject.encode(),
        "README.md": README.format(title=title).encode(),
        "environment.yml": ENVIRONMENT.encode(),
    }
    ours = Path(helpers.__file__).parents[1]
    copied: dict[Path, zipfile.ZipInfo] = {}
    for name, file in {
        **_below(ours, "helpers"),
        **_below(course.root, "notebooks"),
        **_pages(ours),
    }.items():
        # With its own date: in a folder with two kits a student sees which file is newer.
        copied[file] = zipfile.ZipInfo.from_file(file, name, strict_timestamps=False)
    newest = max(about.date_time for about in copied.values())
    try:
        with whole(path) as target, zipfile.ZipFile(target, "w") as archive:
            for name, raw in made.items():
                about = zipfile.ZipInfo(name, newest)
                about.external_attr = 0o100644 << 16
                archive.writestr(about, raw, zipfile.ZIP_DEFLATED)
            for file, about in copied.items():
                archive.writestr(about, file.read_bytes(), zipfile.ZIP_DEFLATED)
    except OSError as error:
        raise CourseError(f"{path} could not be written: {error.strerror or error}.") from None
    return path


def _below(root: Path, *names: str) -> dict[str, Path]:
    """{name in the zip: file} of these files and of those in these folders."""
    found = {}
    for name in names:
        for file in sorted([root / name, *(root / name).rglob("*")]):
            inside = file.relative_to(root)
            if file.is_file() and not set(SKIPPED) & set(inside.parts):
                found[inside.as_posix()] = file
    return found


def _pages(ours: Path) -> dict[str, Path]:
    """{name in the zip: file} of PAGES: from the repository, or from where pip has put them."""
    if (ours / "docs" / "students.md").exists():
        return _below(ours, *PAGES)
    found = {}
    for file in files(PACKAGE) or ():
        _, shared, name = file.as_posix().partition(SHARED)
        if shared:  # `pip install --target` notes another place than the one it takes
            noted = Path(str(file.locate()))
            found[name] = noted if noted.exists() else ours / SHARED / name
    return found


def _dependencies() -> list[str]:
    """The requirements of helpers, from pyproject.toml of this package."""
    try:
        named = requires(PACKAGE) or ()
    except PackageNotFoundError:
        named = ()
    return [name for name in named if not re.search(r";.*\bextra\b", name)]
