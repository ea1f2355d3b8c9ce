"""An assignment's checks as files: what counts, what is loaded, what is told where it fails."""

import dataclasses
import pickle
import pkgutil

import pytest

from autograder.checks import NO_CHECKS, Source, source
from autograder.checks.code_digest import code_digest
from helpers.errors import CourseError
from tests.autograder.checks.conftest import CHECKS


@pytest.fixture
def folder(tmp_path):
    """solutions/NAME with checks of several files."""
    checks = tmp_path / "small" / "checks"
    for name, text in {
        "__init__.py": CHECKS,
        "part.py": "from .deep import inner\nVALUE = inner.VALUE\n",
        "deep/__init__.py": "",
        "deep/inner.py": "VALUE = 7\n",
        "data.txt": "some",
        "answers/twice.py": "# %% right: so\n",
        "tests/test_it.py": "",
        "sample_class.py": "",
        ".hidden/x.py": "",
        "deep/__pycache__/x.pyc": "",
        ".swap": "",
    }.items():
        (checks / name).parent.mkdir(parents=True, exist_ok=True)
        (checks / name).write_text(text)
    return checks.parent


COUNT = ["__init__.py", "data.txt", "deep/__init__.py", "deep/inner.py", "part.py"]


def test_which_files_are_read(folder):
    source = Source.read(folder)
    assert sorted(name for name, _ in source.files) == COUNT
    assert source.assignment == "small" and source.folder == str(folder / "checks")
    every = Source.read(folder, for_authors=True)
    more = ["answers/twice.py", "sample_class.py", "tests/test_it.py"]
    assert sorted(name for name, _ in every.files) == sorted([*COUNT, *more])
    assert every.has("sample_class.py") and not source.has("sample_class.py")


def test_it_is_a_value(folder):
    """It travels to workers, and nobody changes it on the way."""
    source = Source.read(folder)
    assert pickle.loads(pickle.dumps(source)) == source == Source.read(folder)
    assert hash(source) == hash(Source.read(folder))
    with pytest.raises(dataclasses.FrozenInstanceError):
        source.folder = "elsewhere"


def test_modules_are_loaded_from_the_bytes_that_were_read(folder):
    source = Source.read(folder)
    (folder / "checks" / "deep" / "inner.py").write_text("VALUE = 8\n")
    assert source.module("part").VALUE == 7
    assert Source.read(folder).module("part").VALUE == 8
    assert not (folder / "checks" / "__pycache__").exists()
    assert pkgutil.get_data(source.module("part").__name__, "data.txt") == b"some"
    assert [each.name for each in source.load()] == ["twice", "shifted", "halved_half"]


def test_the_same_bytes_in_another_place_are_another_package(folder):
    source = Source.read(folder)
    for change in ({"assignment": "x"}, {"folder": "/x"}, {"files": source.files[:1]}):
        assert dataclasses.replace(source, **change).package != source.package
    assert Source.read(folder).package == source.package


def test_a_name_that_no_file_has_is_told(folder):
    with pytest.raises(CourseError, match="No module named .*missing"):
        Source.read(folder).module("missing")


def test_without_files_there_are_no_checks(tmp_path):
    source = Source.read(tmp_path)
    assert source.files == () and source.load() is NO_CHECKS


@pytest.mark.parametrize(
    "code, told",
    [
        ("CHECKS = 3\n", "checks/__init__.py defines no CHECKS; write CHECKS = Checks"),
        ("", "defines no CHECKS"),
        (
            "\n1 / 0\n",
            r"small/checks cannot be imported: ZeroDivisionError: division by zero "
            r"\(.*/checks/__init__.py, line 2\); correct it",
        ),
        (
            "import json\njson.loads('')\n",
            r"JSONDecodeError: .* \(.*/checks/__init__.py, line 2\)",
        ),
        ("x = 1\ndef f(:\n", r"SyntaxError: .* \(.*/checks/__init__.py, line 2\); correct"),
    ],
)
def test_code_that_does_not_load_is_told_with_its_place(folder, code, told):
    (folder / "checks" / "__init__.py").write_text(code)
    with pytest.raises(CourseError, match=told):
        Source.read(folder).load()


# What a digest tells apart.


def digest(text, without=()):
    return code_digest("a.py", text.encode(), without)


BASE = "def f(x):\n    return g(x, points=3) + 1\n"


@pytest.mark.parametrize(
    "same",
    [
        "# a comment\n\n" + BASE,
        BASE.replace("    return", "\n    # why\n    return"),
    ],
)
def test_layout_and_comments_do_not_count(same):
    assert digest(same) == digest(BASE)


def test_a_docstring_is_as_another():
    one, other = (f'"""{text}"""\nclass A:\n    """{text}"""\n{BASE}' for text in ("a", "b"))
    assert digest(one) == digest(other)
    one, other = (BASE.replace("return", f"'{text}'\n    return") for text in ("a", "b"))
    assert digest(one) == digest(other) and digest("x = 'a'\n") != digest("x = 'b'\n")


@pytest.mark.parametrize("old, new", [("+ 1", "+ 2"), ("f(x)", "f(y)"), ("3", "4")])
def test_what_is_done_counts(old, new):
    assert digest(BASE.replace(old, new)) != digest(BASE)


def test_a_number_that_decides_no_grade_can_be_left_out():
    left_out = (("g", "points"),)
    for new in ("points=4", "points=3"):
        for called in ("g", "a.g"):
            text = BASE.replace("g(", f"{called}(")
            assert digest(text.replace("points=3", new), left_out) == digest(text, left_out)
    for new in ("marks=3", "points=h()"):
        assert digest(BASE.replace("points=3", new), left_out) != digest(BASE, left_out)
    other = BASE.replace("g(", "h(")
    assert digest(other.replace("3", "4"), left_out) != digest(other, left_out)


def test_what_is_no_python_counts_byte_by_byte():
    assert code_digest("a.txt", b"# a") != code_digest("a.txt", b"# b")
    assert code_digest("a.py", b"def f(: # a") != code_digest("a.py", b"def f(: # b")
    assert code_digest("a.py", b"x\0 # a") != code_digest("a.py", b"x\0 # b")


def test_a_source_s_digest_is_of_names_and_of_what_is_done(folder):
    before = Source.read(folder).digest
    part = folder / "checks" / "part.py"
    part.write_text("# a comment\n" + part.read_text())
    assert Source.read(folder).digest == before
    part.rename(part.with_name("other.py"))
    assert Source.read(folder).digest != before


@pytest.mark.parametrize(
    "old, new, same",
    [
        ("points=1", "points=7", True),
        ("Exercise(\n        id=f", "Trained(\n        id=f", False),
        ('truth="t"', 'truth="u"', False),
        ("probes=(", "probes=*(", False),
        ("points=1", "points=len('x')", False),
    ],
)
def test_the_points_of_an_exercise_do_not_count_since_the_notebook_s_do(folder, old, new, same):
    init = folder / "checks" / "__init__.py"
    before = Source.read(folder).digest
    assert old in CHECKS
    init.write_text(CHECKS.replace(old, new))
    assert (Source.read(folder).digest == before) is same


def test_the_points_of_a_model_do_not_count_either(folder):
    part = folder / "checks" / "part.py"

    def digest_of(code):
        part.write_text(code)
        return Source.read(folder).digest

    one, two = (digest_of(f"MODEL = Trained('a', points={n})\n") for n in (1, 2))
    assert one == two
    assert digest_of("MODEL = Trained('b', points=1)\n") != one
    assert digest_of("MODEL = Other('a', points=1)\n") != digest_of("MODEL = Other('a', points=2)")


@pytest.mark.parametrize(
    "code",
    ["{}x = 1\n", "class A:\n    {}", "def f():\n    {}", "async def f():\n    {}",
     "class A:\n    async def f(self):\n        {}"],
)  # fmt: skip
def test_a_docstring_is_none_of_what_is_done_wherever_it_is(code):
    one, other = (digest(code.format(f"'{text}'\n")) for text in ("a", "b"))
    assert one == other
    first, second = (digest(code.format(f"x = '{text}'\n")) for text in ("a", "b"))
    assert first != second


def test_a_file_that_is_not_there_is_missed_by_its_name(folder):
    package = Source.read(folder).module("part").__name__
    with pytest.raises(FileNotFoundError, match="missing.txt"):
        pkgutil.get_data(package, "missing.txt")


def test_where_code_is_changes_nothing():
    """Neither the lines above it nor the name of its file."""
    assert digest(BASE) == digest("\n\n" + BASE) == code_digest("b.py", BASE.encode())
    inner = "def outer():\n    def inner():\n        return 1\n    return inner\n"
    assert digest(inner) == digest("# why\n" + inner)
    assert digest(inner) != digest(inner.replace("1", "2"))


def test_a_finder_knows_the_packages_of_its_sources_alone(folder):
    finder, known = source._Finder(), Source.read(folder)
    assert finder.find_spec("json") is None and finder.find_spec(known.package) is None
    finder.sources[known.package] = known
    spec = finder.find_spec(known.package)
    assert spec.origin == f"{known.folder}/__init__.py" and spec.submodule_search_locations == []
    part = finder.find_spec(f"{known.package}.deep.inner")
    assert part.origin == f"{known.folder}/deep/inner.py"
    assert part.submodule_search_locations is None
    for name in ("deep.missing", "data", "missing"):
        assert finder.find_spec(f"{known.package}.{name}") is None


def test_a_source_without_files_has_no_checks():
    empty = Source("small", "/nowhere")
    assert empty.files == () and empty.load() is NO_CHECKS and not empty.has("__init__.py")
