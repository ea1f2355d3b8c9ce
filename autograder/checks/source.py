"""The code of an assignment's checks: read once as bytes, hashed, loaded from those bytes.

What is hashed is what runs, on whichever machine: a Source travels to workers and cluster nodes by
value, and an edit during a grading run changes nothing in it. Loading it runs the instructor's
code in this process.
"""

import functools
import hashlib
import importlib
import importlib.abc
import importlib.util
import sys
import traceback
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from types import ModuleType
from typing import TYPE_CHECKING, Any

from autograder.checks.code_digest import code_digest
from autograder.judging import CHECKS_PACKAGE
from helpers.errors import CourseError

if TYPE_CHECKING:
    from autograder.checks.assignment import Checks

FOLDER = "checks"
# For authors: proofs, and who hands in what in the demo. They decide no grade.
# `autograder tidy` copies them to the notebook, whose points count.
POINTS = frozenset({("Exercise", "points"), ("Trained", "points")})
FOR_AUTHORS = ("answers", "tests", "sample_class.py")


@dataclass(frozen=True)
class Source:
    """folder: where the files were read, for messages. files: (name below the folder, bytes)."""

    assignment: str
    folder: str
    files: tuple[tuple[str, bytes], ...] = ()

    @classmethod
    def read(cls, assignment_folder: Path, for_authors: bool = False) -> "Source":
        """The checks of solutions/NAME; no files where there are none.

        for_authors: with the bank of answers and the sample class.
        """
        folder = assignment_folder / FOLDER
        files = []
        for path in sorted(folder.rglob("*")):
            parts = path.relative_to(folder).parts
            hidden = any(part.startswith(".") or part == "__pycache__" for part in parts)
            if path.is_file() and not hidden and (for_authors or parts[0] not in FOR_AUTHORS):
                files.append(("/".join(parts), path.read_bytes()))
        return cls(assignment_folder.name, str(folder), tuple(files))

    @functools.cached_property
    def digest(self) -> str:
        """Hash of what the checks do: comments, docstrings and points do not count."""
        found = hashlib.sha256()
        for name, content in self.files:
            found.update(f"{name}\0{code_digest(name, content, POINTS)}\0".encode())
        return found.hexdigest()

    @functools.cached_property
    def package(self) -> str:
        """The name under which the code is imported: one for each content and place."""
        found = hashlib.sha256(repr((self.assignment, self.folder, self.files)).encode())
        return f"{CHECKS_PACKAGE}{found.hexdigest()[:16]}"

    def load(self) -> "Checks":
        """Run the code and return its CHECKS; NO_CHECKS where there are no files.

        Raises CourseError, with file and line, for code that does not import.
        """
        from autograder.checks.assignment import NO_CHECKS, Checks  # brings torch along

        if not self.files:
            return NO_CHECKS
        found: Any = getattr(self.module(), "CHECKS", None)
        # By name: an installed package may be loaded twice in a development environment.
        if type(found).__name__ != Checks.__name__:
            raise CourseError(
                f"{self.folder}/__init__.py defines no CHECKS; write CHECKS = Checks(prefix=..., "
                "exercises=(...))."
            )
        return found

    def module(self, name: str = "") -> ModuleType:
        """The package itself, or a module in it such as "sample_class"."""
        _finder.sources[self.package] = self
        try:
            return importlib.import_module(f"{self.package}.{name}" if name else self.package)
        except CourseError:
            raise
        except Exception as error:  # whatever an instructor's code raises
            raise CourseError(
                f"{self.folder} cannot be imported: {type(error).__name__}: {error}"
                f"{self._place_of(error)}; correct it and try again."
            ) from error

    def has(self, name: str) -> bool:
        """Whether there is a file of this name."""
        return any(each == name for each, _ in self.files)

    def _place_of(self, error: Exception) -> str:
        frames = traceback.extract_tb(error.__traceback__)
        ours = [frame for frame in frames if frame.filename.startswith(self.folder)]
        if ours:
            return f" ({ours[-1].filename}, line {ours[-1].lineno})"
        if isinstance(error, SyntaxError) and error.filename:
            return f" ({error.filename}, line {error.lineno})"
        return ""


class _Finder(importlib.abc.MetaPathFinder):
    """Finds the packages of Sources, and nothing else."""

    def __init__(self) -> None:
        self.sources: dict[str, Source] = {}

    def find_spec(self, fullname, path=None, target=None):
        package, *inside = fullname.split(".")
        if package not in self.sources:
            return None
        source, place = self.sources[package], "/".join(inside)
        names = {name for name, _ in source.files}
        init = str(PurePosixPath(place) / "__init__.py")
        if init in names:
            return self._spec(fullname, source, init, is_package=True)
        if f"{place}.py" in names:
            return self._spec(fullname, source, f"{place}.py", is_package=False)
        return None

    @staticmethod
    def _spec(fullname, source, name, is_package):
        spec = importlib.util.spec_from_file_location(
            fullname, f"{source.folder}/{name}", loader=_Loader(source, name)
        )
        assert spec
        # With the folder in it, Python itself would read the modules inside, and write __pycache__.
        spec.submodule_search_locations = [] if is_package else None
        return spec


class _Loader(importlib.abc.SourceLoader):
    """Gives a module's bytes, and by pkgutil.get_data those of any file beside it."""

    def __init__(self, source: Source, name: str) -> None:
        self.source, self.name = source, name

    def get_filename(self, fullname: str) -> str:
        return f"{self.source.folder}/{self.name}"

    def get_data(self, path: str) -> bytes:
        inside = str(path).removeprefix(f"{self.source.folder}/")
        for name, content in self.source.files:
            if name == inside:
                return content
        raise FileNotFoundError(path)


_finder = _Finder()
sys.meta_path.append(_finder)
