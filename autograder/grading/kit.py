"""What a student needs, in one zip that pip installs: helpers and the released notebooks.

No oracle, no hidden test and no solution is in it, so it can be published.
"""

import re
import zipfile
from importlib.metadata import PackageNotFoundError, requires
from pathlib import Path

import helpers
from autograder.grading.settings import Settings
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

[tool.setuptools.packages.find]
include = ["helpers*"]

[tool.setuptools.package-data]
"helpers.quality" = ["weights/*", "real/*"]
"""
README = """\
# {title}

The notebooks of the course and the package `helpers` that they import.

    pip install .
    jupyter lab notebooks
"""
# The same content gives the same zip.
DATE = (1980, 1, 1, 0, 0, 0)
SKIPPED = ("__pycache__", ".ipynb_checkpoints")


def kit(course, path):
    """Write the zip; returns its path. Raises CourseError where nothing is released yet."""
    path = Path(path)
    released = sorted((course.root / "notebooks").glob("*/*.ipynb"))
    if not released:
        raise CourseError(
            f"Nothing has been released in {course.root / 'notebooks'}: run "
            "`autograder release ASSIGNMENT` first."
        )
    title = Settings.of(course.root).title or "Course notebooks"
    lines = [f'    "{name}",' for name in _dependencies()]
    about = PYPROJECT.format(version=helpers.__version__, dependencies="\n".join(lines))
    content = {"pyproject.toml": about.encode(), "README.md": README.format(title=title).encode()}
    for folder in (Path(helpers.__file__).parent, course.root / "notebooks"):
        for file in sorted(folder.rglob("*")):
            inside = file.relative_to(folder.parent)
            if file.is_file() and not set(SKIPPED) & set(inside.parts):
                content[inside.as_posix()] = file.read_bytes()
    try:
        with whole(path) as target, zipfile.ZipFile(target, "w") as archive:
            for name, raw in content.items():
                archive.writestr(zipfile.ZipInfo(name, DATE), raw, zipfile.ZIP_DEFLATED)
    except OSError as error:
        raise CourseError(f"{path} could not be written: {error.strerror or error}.") from None
    return path


def _dependencies():
    """What helpers need, as pyproject.toml of this package says."""
    try:
        named = requires("dgm-course-kit") or ()
    except PackageNotFoundError:
        named = ()
    return [name for name in named if not re.search(r";.*\bextra\b", name)]
