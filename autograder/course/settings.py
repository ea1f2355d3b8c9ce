"""Read course.toml: the settings for all notebooks of a course directory."""

import re
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from helpers.errors import CourseError

FILE = "course.toml"
REPOSITORY = re.compile(r"https://github\.com/([\w.-]+)/([\w.-]+?)(?:\.git)?/?")
BRANCH = re.compile(r"[\w.-]+(?:/[\w.-]+)*")
# It is pasted into a string in a code cell, so it must not contain what ends one.
ZIP = re.compile(r"https://[\w.~:/?#@!$&*+,;=%-]+")


@dataclass(frozen=True)
class Settings:
    """What course.toml sets; None is what it does not set and has no default.

    title: of the course. repository, branch: (owner, name) on GitHub and the branch from which
    Colab opens notebooks. zip_url: what Colab installs helpers from, by default the branch's zip.
    """

    title: str | None = None
    repository: tuple[str, str] | None = None
    branch: str = "main"
    zip_url: str | None = None

    @classmethod
    def of(cls, root: Path | str) -> Self:
        """The settings of a course directory, the defaults if it has no course.toml.

        Raises CourseError, one sentence, if the file is wrong.
        """
        path = Path(root) / FILE
        try:
            content = tomllib.loads(path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return cls()
        except (OSError, ValueError) as error:
            raise CourseError(f"{path} cannot be read: {error}.") from None
        unknown = sorted(set(content) - {"title", "repository", "branch", "release_zip"})
        if unknown:
            raise CourseError(
                f"{path} sets {', '.join(unknown)}, which is unknown; it may set title, "
                "repository, branch and release_zip."
            )
        text = {name: _text(path, name, value) for name, value in content.items()}
        repository = zip_url = None
        if "repository" in text:
            found = _match(path, "repository", text["repository"], REPOSITORY,
                           "https://github.com/OWNER/NAME")  # fmt: skip
            repository = (found[1], found[2])
        branch = text.get("branch", "main")
        _match(path, "branch", branch, BRANCH, "main")
        if repository:
            zip_url = "https://github.com/{}/{}/archive/refs/heads/{}.zip".format(
                *repository, branch
            )
        if "release_zip" in text:
            zip_url = _match(path, "release_zip", text["release_zip"], ZIP,
                             "https://HOST/PATH.zip")[0]  # fmt: skip
        return cls(text.get("title"), repository, branch, zip_url)

    def notebook_on_colab(self, assignment: str, notebook: str) -> str | None:
        """The address at which Colab opens the released notebook; None without a repository."""
        if not self.repository:
            return None
        owner, name = self.repository
        return (
            f"https://colab.research.google.com/github/{owner}/{name}/blob/{self.branch}/"
            f"notebooks/{assignment}/{notebook}.ipynb"
        )


def _text(path: Path, name: str, value: object) -> str:
    if not isinstance(value, str) or not value.strip():
        raise CourseError(f"{path} sets {name} to {value!r}; write a text in quotes, or delete it.")
    return value.strip()


def _match(path: Path, name: str, value: str, form: re.Pattern[str], example: str) -> re.Match[str]:
    found = form.fullmatch(value)
    if not found:
        raise CourseError(f"{path} sets {name} to {value!r}; it should look like {example}.")
    return found
