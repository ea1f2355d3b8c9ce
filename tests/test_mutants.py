"""make mutants: what it changes, and which tests it asks."""

import os
from pathlib import Path
from types import SimpleNamespace

import libcst as cst
import pytest

pytest.importorskip("mutmut", reason="mutmut is not installed (pip install -e '.[dev]')")

from autograder.judging import CHECKS_PACKAGE  # noqa: E402
from tests.mutants import __main__ as mutants  # noqa: E402
from tests.mutants import accepted, measure, sample, trying  # noqa: E402


def changed(expression):
    made = sample.replacements(cst.parse_expression(expression))
    return {cst.Module([]).code_for_node(node) for node in made}


def test_a_row_is_taken_from_a_table_and_prose_stays():
    assert {"(1, 2, )", "(1, 3)", "(2, 3)"} <= changed("(1, 2, 3)")
    assert changed("a < b") == set() and changed('"a sentence"') == set()
    assert '"XXwordXX"' in changed('"word"')


TWO = """LIMIT = 3


def above(
    n=LIMIT, odd=True
):
    return (
        n
        > LIMIT + 1
    )
"""


@pytest.fixture
def tree(tmp_path, monkeypatch):
    """A tree with one module of the helpers."""
    monkeypatch.setattr(sample, "PACKAGES", ("helpers",))
    (tmp_path / "helpers").mkdir()
    (tmp_path / "helpers" / "two.py").write_text(TWO)
    return tmp_path


def test_a_seed_draws_places_of_a_tree(tree):
    drawn = sample.draw(tree, 0, 3)
    assert drawn == sample.draw(tree, 0, 3) == sample.draw(tree, 0, 3, ["helpers/two.py"])
    assert sample.draw(tree, 0, 3, ["autograder"]) == []
    assert len({mutant.source for mutant in drawn}) == 3
    for mutant in drawn:
        compile(mutant.source, "", "exec")
        assert mutant.file == "helpers/two.py" and mutant.source != TWO
        assert mutant.text == TWO.splitlines()[mutant.line - 1].strip()
        assert mutant.in_function is (mutant.line >= 7)
        assert mutant.statement == {1: 1, 5: 4, 7: 7, 8: 7, 9: 7}[mutant.line]


def test_the_last_word_of_a_sentence_is_prose(tree):
    (tree / "helpers" / "two.py").write_text('TOLD = ("a sentence of two " f"{lines}" "lines.")\n')
    assert [each.was for each in sample.draw(tree, 0, 9)] == [
        'TOLD = ("a sentence of two " f"{lines}" "lines.")'
    ]


def test_functions_in_use_get_the_code_of_the_mutant():
    original = "def outer(a):\n    def inner(b):\n        return a < b\n    return inner\n"
    names = {}
    exec(compile(original, "somewhere.py", "exec"), names)
    kept = names["outer"]
    assert not trying.put_in([kept], original, original)
    assert trying.put_in([kept], original, original.replace("<", "<="))
    assert kept(1)(1) and kept.__code__.co_filename == "somewhere.py"
    # Another function must be imported anew.
    assert not trying.put_in([kept], original, original + "def more(): pass\n")


def test_the_tests_of_a_mutant(monkeypatch):
    near, far, other = "tests/helpers/test_two.py::a", "tests/test_x.py::b", "tests/helpers/t.py::c"
    seconds = {near: 1.0, far: 0.1, other: 0.5}
    measured = measure.Measured(seconds, {"helpers/two.py": {7: {near, far}}}, [])
    mutant = sample.Mutant("helpers/two.py", 8, 7, True, "", "", "", "")
    assert mutants.tests_of(mutant, measured) == [near, far]
    at_import = mutant._replace(line=1, statement=1, in_function=False)
    assert mutants.tests_of(at_import, measured) == [near, far]
    reads = measure.Measured(seconds, {"helpers/two.py": {7: {far}}}, [])  # a table
    assert mutants.tests_of(mutant, reads) == [far]
    assert mutants.tests_of(at_import, reads) == [near, far]
    elsewhere = mutant._replace(file="helpers/other.py")
    assert mutants.tests_of(elsewhere, measured) == [other, near]
    forked = "tests/autograder/sandbox/test_x.py::d"
    inside = mutant._replace(file="autograder/sandbox/inside/two.py")
    found = measure.Measured({**seconds, forked: 0.1}, {inside.file: {7: {far}}}, [])
    assert mutants.tests_of(inside, found) == [far, forked]  # may run it where nothing is measured
    monkeypatch.setattr(mutants, "MOST_S", 1.0)
    assert mutants.tests_of(mutant, measured) == [near]
    assert mutants.tests_of(elsewhere, measured) == [other, near]
    monkeypatch.setattr(mutants, "MOST_BLIND_S", 0.5)
    assert mutants.tests_of(elsewhere, measured) == [other]


def test_a_file_that_has_taken_enough_costs_the_next_one_no_test(tmp_path, monkeypatch):
    busy = "import os\n\ndef test_a():\n    end = os.times()[0] + 0.03\n"
    busy += "    while os.times()[0] < end: pass\n\nclass TestB:\n    def test_b(self): pass\n"
    for name in ("one", "two"):
        (tmp_path / f"test_{name}.py").write_text(busy)
    monkeypatch.setattr(measure, "MOST_OF_FILE_S", 0.02)
    plugin = measure.Measure(tmp_path, tmp_path / "measured.json")
    plugin.coverage = SimpleNamespace(switch_context=lambda name: None)

    class Late:
        """Registers it when all is collected, as a measurement does."""

        def pytest_collection_finish(self, session):
            session.config.pluginmanager.register(plugin)

    files = [str(tmp_path / f"test_{name}.py") for name in ("one", "two")]
    options = ["-q", "-p", "no:cacheprovider", "--capture=no", "-c", os.devnull]
    pytest.main([*options, f"--rootdir={tmp_path}", *files], [Late()])
    assert plugin.not_passed == {f"test_{name}.py::TestB::test_b" for name in ("one", "two")}


def test_slower_files_are_there_and_those_of_a_module_come_first(monkeypatch):
    monkeypatch.setattr(mutants, "TREE", mutants.ROOT)
    for file in {file for files in mutants.SLOWER.values() for file in files}:
        assert (mutants.ROOT / file).is_file()
    mutant = sample.Mutant("autograder/sandbox/doctor.py", 1, 1, True, "", "", "", "")
    names = [Path(file).stem for file in mutants.slower_for(mutant)]
    assert names == ["test_doctor", "test_isolation", "test_layers", "test_kernels"]
    of_helpers = mutants.slower_for(mutant._replace(file="helpers/quality/measures.py"))
    assert of_helpers == ["tests/helpers/quality/test_measures.py"]
    assert mutants.slower_for(mutant._replace(file="helpers/nothing.py")) == []


def test_what_need_not_be_noticed_is_still_there():
    for (file, text, was, now), why in accepted.ACCEPTED.items():
        lines = [line.strip() for line in (mutants.ROOT / file).read_text("utf-8").splitlines()]
        assert text in lines and " ".join(was.split())[:20] in text and why
        mutant = sample.Mutant(file, 1, 1, True, was, now, text, "")
        assert accepted.why(mutant) == why and accepted.why(mutant._replace(now="x")) is None


def test_types_and_spellings_need_not_be_noticed():
    mutant = sample.Mutant("a.py", 1, 1, True, '"utf-8"', '"UTF-8"', "", "")
    assert accepted.why(mutant) and accepted.why(mutant._replace(now='"XXutf-8XX"')) is None
    assert accepted.why(mutant._replace(was='"a"', now='"A"')) is None
    other = mutant._replace(was="x", now="None")
    assert accepted.why(other._replace(text="Draw = Callable[[int], str]"))
    assert accepted.why(other._replace(text="Row = dict[str, int]"))
    assert accepted.why(other._replace(text="draw = Callable(1)")) is None
    assert accepted.why(other._replace(text="ROWS = (1, 2)")) is None
    cache = other._replace(text="@functools.lru_cache(maxsize=9)  # why", was="9", now="10")
    assert accepted.why(cache) and accepted.why(cache._replace(text="f(maxsize=9)")) is None
    assert accepted.why(other._replace(was="a.set_visible(False)", now="a.set_visible(None)"))


def test_a_mutant_is_read_by_whoever_starts_and_then_gone(tree):
    mutant = sample.draw(tree, 1, 1)[0]
    target = Path(tree, mutant.file)
    before = target.stat().st_mtime_ns
    with trying.written(mutant, tree) as original:
        assert original == TWO and target.read_text() == mutant.source
    assert target.read_text() == TWO and target.stat().st_mtime_ns == before


def test_a_new_session_imports_the_checks_of_an_assignment_again():
    assert f"{CHECKS_PACKAGE}0123.part".startswith(trying.OURS)
    assert not any(name.startswith(trying.OURS) for name in ("torch", "pytest", "testing"))
