"""Every command that README.md and docs/ tell is one that exists, with the options it has."""

import contextlib
import importlib
import io
import re
import shlex

import pytest
import typer

from autograder import cli
from tests.docs.pages import PAGES, ROOT, commands, spans

OURS = typer.main.get_command(cli.app)
# What may stand before a command: settings of the environment, a folder, the interpreter.
BEFORE = re.compile(r"^(?:[A-Z_]+=\S* )*(?:\S*/bin/)?(?:python3? -m )?")
MODULE = re.compile(r"\bpython3? -m (helpers(?:\.\w+)+)(.*)")
MAKE = re.compile(r"^make ([a-z][a-z-]*)")
SCRIPT = re.compile(r"\bdocs/slurm/[\w.]+")
VARIABLE = re.compile(r"\bCOURSE_[A-Z]+\b")
OPTION = re.compile(r"(?<!\S)--[a-z][a-z-]*")


def wrong_with(command, complete=True):
    """Why `autograder ...` is refused, or None. complete: whether all it needs is said."""
    words = shlex.split(command)[1:]
    if not words or words[0] not in OURS.commands:
        # In a sentence, "autograder COMMAND --help" speaks of all of them.
        return None if words and words[0].isupper() else f"there is no command {words[:1]}"
    about = OURS.commands[words[0]]
    if not complete:
        known = {o for p in about.params for o in (*p.opts, *p.secondary_opts)} | {"--help"}
        return "; ".join(sorted(set(OPTION.findall(command)) - known)) or None
    try:
        about.make_context(words[0], words[1:])
    except Exception as error:  # typer has its own copy of click, or none
        if not hasattr(error, "format_message"):
            raise
        return error.format_message()
    return None


def told(page):
    """(command, whether it stands in a block) of a page."""
    text = page.read_text("utf-8")
    found = [(line, True) for line in commands(text)]
    return [
        (BEFORE.sub("", line), whole) for line, whole in found + [(s, False) for s in spans(text)]
    ]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_commands_of_the_kit_are_as_told(page):
    ours = [pair for pair in told(page) if re.match(r"autograder [a-zA-Z]", pair[0])]
    refused = {command: wrong_with(command, whole) for command, whole in ours}
    assert not {command: why for command, why in refused.items() if why}


def modules_told():
    for page in PAGES:
        text = page.read_text("utf-8")
        for line in (*commands(text), *spans(text)):
            if found := MODULE.search(line):
                yield found[1], tuple(OPTION.findall(found[2]))


@pytest.mark.parametrize(("module", "options"), sorted(set(modules_told())))
def test_programs_of_the_helpers_have_these_options(module, options):
    if importlib.util.find_spec(module).submodule_search_locations:
        module += ".__main__"
    said = io.StringIO()
    with contextlib.redirect_stdout(said), pytest.raises(SystemExit) as leaving:
        importlib.import_module(module).main(["--help"])
    assert not leaving.value.code
    assert set(options) <= set(OPTION.findall(said.getvalue().replace("[", " ").replace("]", " ")))


def test_what_make_is_told_to_make_is_there():
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    asked = {found[1] for page in PAGES for line, _ in told(page) if (found := MAKE.match(line))}
    assert {"demo", "test", "bench"} <= asked <= targets


def test_scripts_and_settings_are_there():
    text = "".join(page.read_text("utf-8") for page in PAGES)
    scripts = set(SCRIPT.findall(text))
    assert len(scripts) > 2 and all((ROOT / script).is_file() for script in scripts)
    code = [
        path
        for folder in ("helpers", "autograder", "docs/slurm")
        for path in (ROOT / folder).rglob("*")
    ]
    read = "".join(path.read_text() for path in code if path.suffix in (".py", ".sh", ".sbatch"))
    settings = set(VARIABLE.findall(text))
    assert len(settings) > 2 and settings <= set(VARIABLE.findall(read))


@pytest.mark.parametrize(
    ("command", "complete", "words"),
    [
        ("autograder grade foundations", True, None),
        ("autograder grade", True, "Missing argument"),
        ("autograder grade", False, None),
        ("autograder grade --wrokers 3", False, "--wrokers"),
        ("autograder grade foundations --wrokers 3", True, "--wrokers"),
        ("autograder graed foundations", True, "no command"),
        ("autograder export --format excel", True, "excel"),
        ("autograder COMMAND --help", False, None),
    ],
)
def test_a_wrong_command_is_seen(command, complete, words):
    why = wrong_with(command, complete)
    assert why is None if words is None else words in why
