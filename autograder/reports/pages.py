"""Render HTML pages: each is one file without scripts or network access, for any screen."""

from functools import cache
from pathlib import Path
from typing import Any

import jinja2
from markupsafe import Markup

from autograder.course.terminal_text import plain
from autograder.reports import rich_text

TEMPLATES = Path(__file__).parent / "templates"


@cache
def environment(*further: Path) -> jinja2.Environment:
    """Jinja2 with the templates here and in further folders; escapes, and fails on a wrong name."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader([*further, TEMPLATES]),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        # Students choose some names: replace characters that reorder or hide the text around them.
        finalize=lambda value: value if isinstance(value, Markup) else _plain(value),
    )
    environment.filters["number"] = number
    environment.filters["sentence"] = rich_text.sentence
    environment.globals["style"] = Markup((TEMPLATES / "style.css").read_text(encoding="utf-8"))
    return environment


def render(template: str, **values: Any) -> str:
    """The page as HTML. template: a file name in templates/. Values are escaped unless Markup."""
    return environment().get_template(template).render(**values)


def number(value: float | None) -> str:
    """A number of points with at most two decimals: 2, 2.5; a dash for None."""
    return "–" if value is None else f"{round(value, 2):g}"


def _plain(value: Any) -> Any:
    return plain(value) if isinstance(value, str) else value
