"""Build the zip that an instructor uploads to Gradescope.

Gradescope unpacks it in /autograder/source, runs setup.sh once, when it builds the image, and
run_autograder for each submission. The zip contains the kit's two packages, the assignment as
released and its source from solutions/ with what the checks need, and a list of required packages
in the versions installed here.
"""

import importlib.metadata
import re
import shlex
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path

from packaging.requirements import InvalidRequirement, Requirement

from autograder.checks.source import FOLDER as CHECKS
from autograder.course.course import Course
from autograder.grading.preparing import autotest, jobs
from autograder.releasing.new import TEMPLATE
from helpers.errors import CourseError
from helpers.files import whole

PACKAGES = Path(__file__).parents[3]
TEMPLATES = Path(__file__).parents[1] / "templates"
DISTRIBUTION = "dgm-course-kit"
# Only for interactive work; the container does not use it.
NOT_NEEDED = ("jupyterlab",)
# A fixed date, so that the same content gives the same bytes.
LONG_AGO = (1980, 1, 1, 0, 0, 0)
# PyTorch's builds without CUDA, which are a tenth of the size: the container has no GPU.
CPU_INDEX = "https://download.pytorch.org/whl/cpu"
CPU_BUILDS = ("torch", "torchvision")
INDEX = re.compile(r"https?://[^\s\"']+")


def write_zip(course: Course, assignment: str, to: Path, index_url: str | None = None) -> Path:
    """Write the zip `to`; returns its path.

    index_url: a further package index for setup.sh, beside the one of PyTorch without CUDA.
    Raises CourseError if `to` or index_url cannot be used, or the kit is not installed.
    """
    blueprints = jobs.blueprints(course, assignment)
    if index_url is not None and not INDEX.fullmatch(index_url):
        raise CourseError(
            f"{index_url!r} is not the URL of a package index; it begins with https://."
        )
    if to.suffix != ".zip" or to.is_dir():
        raise CourseError(f"{to} is not a name for a zip file; end it in .zip.")
    if not to.parent.is_dir():
        raise CourseError(f"There is no folder {to.parent}; make it, or write somewhere else.")
    content: dict[str, tuple[str | bytes | Path, int]] = {
        "setup.sh": (_script("setup.sh").replace("@INDEX@", _option(index_url)), 0o755),
        "run_autograder": (
            _script("run_autograder").replace("@ASSIGNMENT@", shlex.quote(assignment)),
            0o755,
        ),
        "requirements.txt": ("".join(f"{_without_cuda(r)}\n" for r in requirements()), 0o644),
    }
    paths = []
    for notebook in (blueprint.notebook for blueprint in blueprints):
        paths += [course.source(assignment, notebook), course.released(assignment, notebook)]
        made = course.results(assignment, notebook) / autotest.FILE
        paths += [made] if made.is_file() else []
    paths += jobs.given_files(blueprints[0].files).values()
    for path in paths:
        content[f"course/{path.relative_to(course.root).as_posix()}"] = (path, 0o644)
    # The files that grading reads: without the bank of answers and other files for authors.
    for name, checks in blueprints[0].checks.files:
        content[f"course/solutions/{assignment}/{CHECKS}/{name}"] = (checks, 0o644)
    for path in _kit():
        content[f"kit/{path.relative_to(PACKAGES).as_posix()}"] = (path, 0o644)
    _write(to, content)
    return to


def requirements() -> list[str]:
    """Lines "name==version" of the packages for grading, in the versions installed here.

    Raises CourseError if the kit or one of them is not installed.
    """
    try:
        stated = map(Requirement, importlib.metadata.requires(DISTRIBUTION) or ())
        wanted = [
            requirement.name
            for requirement in stated
            if requirement.marker is None or requirement.marker.evaluate({"extra": "grader"})
        ]
        # "2.9.0+cpu" is a build of 2.9.0 that an ordinary index does not have.
        return sorted(
            f"{name}=={importlib.metadata.version(name).split('+')[0]}"
            for name in wanted
            if name not in NOT_NEEDED
        )
    except (importlib.metadata.PackageNotFoundError, InvalidRequirement) as error:
        raise CourseError(
            f"The kit is not installed ({error}); run `pip install -e .[grader]` in its folder."
        ) from None


def _without_cuda(requirement: str) -> str:
    """The same requirement, pinned to the build without CUDA if there is one."""
    return f"{requirement}+cpu" if requirement.split("==")[0] in CPU_BUILDS else requirement


def _kit() -> Iterator[Path]:
    """The files of both packages, without the assignment template and compiled files."""
    for package in ("helpers", "autograder"):
        for path in sorted((PACKAGES / package).rglob("*")):
            skipped = "__pycache__" in path.parts or path.is_relative_to(TEMPLATE)
            if path.is_file() and not skipped:
                yield path


def _option(index_url: str | None) -> str:
    indexes = (CPU_INDEX, index_url) if index_url else (CPU_INDEX,)
    return " ".join(f"--extra-index-url {shlex.quote(index)}" for index in indexes)


def _script(name: str) -> str:
    return (TEMPLATES / "gradescope" / name).read_text(encoding="utf-8")


def _write(to: Path, content: Mapping[str, tuple[str | bytes | Path, int]]) -> None:
    """Write the whole zip or nothing."""
    with whole(to) as file, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, (what, mode) in sorted(content.items()):
            entry = zipfile.ZipInfo(name, LONG_AGO)
            entry.external_attr = (0o100000 | mode) << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, what.read_bytes() if isinstance(what, Path) else what)
