"""Mutants that no test should notice, and why: what they do is the same, or as right."""

import re

from tests.mutants.sample import Mutant

_NUMBER = re.compile(r"\d+(\.\d+)?")
_TYPE = re.compile(r"[A-Z]\w* = ((Callable|dict|tuple)\[|TypeVar\()")

# (file, line, what, becomes): why.
ACCEPTED = {
    (
        "autograder/sandbox/inside/beside.py",
        'body = compile(code, self.name, "exec", ast.PyCF_ONLY_AST | self._all(), True).body',
        "True",
        "False",
    ): "the module has no future statement that the cell could inherit",
    (
        "autograder/sandbox/inside/beside.py",
        'value = await self._do(compile(tree, self.name, "eval", self._all(), True))',
        "True",
        "False",
    ): "as above",
    (
        "autograder/sandbox/inside/first_step.py",
        'axes.plot([1, 10], [1, 10], label="$x$")',
        'axes.plot([1, 10], [1, 10], label="$x$")',
        "axes.plot([1, 10], [1, 10], label=None)",
    ): "what is warmed up decides how soon a kernel starts, and nothing that it does",
    (
        "autograder/sandbox/inside/kernel_parent.py",
        "DESCRIPTOR_BYTES, MAPPING_BYTES, LOCK_BYTES = 1 << 17, 1 << 9, 1 << 9",
        "9",
        "10",
    ): "an estimate on the safe side of what Linux keeps; twice as much is as safe",
    (
        "autograder/sandbox/inside/kernel_parent.py",
        'size = array.array("i").itemsize',
        '"i"',
        '"I"',
    ): "numbers without a sign are as large",
    (
        "autograder/sandbox/inside/beside.py",
        'address = "\\0" + secrets.token_hex(16)',
        "16",
        "17",
    ): "a longer name is as hard to guess",
    (
        "autograder/sandbox/inside/ledger.py",
        "version: int = -1",
        "1",
        "2",
    ): "torch counts from 0",
    (
        "autograder/grading/preparing/which.py",
        "most = max(common.values(), default=0)",
        "0",
        "1",
    ): "where there is no notebook, none is the best, whatever the most is",
    (
        "autograder/grading/preparing/canonical.py",
        'fence = "`" * max(3, 1 + max(map(len, re.findall("`+", source)), default=0))',
        "3",
        "4",
    ): "a longer fence around code shows the same",
    (
        "autograder/grading/recording/settle.py",
        'row = {"now": now, "mark": None, "marked": None}',
        '"marked"',
        '"MARKED"',
    ): "what was marked is read only of a cell that has a mark",
    (
        "autograder/grading/recording/settle.py",
        'row = {"now": now, "mark": None, "marked": None}',
        '"marked"',
        '"XXmarkedXX"',
    ): "as above",
    (
        "autograder/collecting/layouts.py",
        'if about["order"] >= submission.order:  # two downloads may be in one folder',
        ">= submission.order",
        "> submission.order",
    ): "files of one order are of one submission, and it was late or not",
    (
        "helpers/plotting/diffusion.py",
        'axes.plot(*paths[-1].T, "s", color=COLOURS[2], markersize=2.5, label="end")',
        "2",
        "3",
    ): "another colour of the same list",
    (
        "helpers/quality/handed_in.py",
        "SEED = 0",
        "0",
        "1",
    ): "another seed is as good",
    (
        "autograder/judging/distribution.py",
        "if count * lag < ENOUGH // 4:",
        "ENOUGH // 4",
        "ENOUGH / 4",
    ): "a quarter of 100 is whole",
    (
        "autograder/judging/probes.py",
        "REAL, FAKE = (-1.0, 4.0), (-3.5, 1.5)",
        "1.5",
        "2.5",
    ): "another span, off centre as well, is as good to draw from",
    (
        "helpers/notebook_file.py",
        'depth += 1 if bracket[0] in "[{" else -1',
        '"[{"',
        '"XX[{XX"',
    ): "no bracket is an X",
    (
        "autograder/judging/probes.py",
        "p = uniform(0.2, 2.0, 8)(g)",
        "2.0",
        "3.0",
    ): "another span is as good to draw from",
    (
        "autograder/sandbox/remote/beside.py",
        "MARGIN_SECONDS = 10.0",
        "10.0",
        "11.0",
    ): "a second more is as right",
    (
        "helpers/speed.py",
        "if minutes_each * steps <= minutes:",
        "<= minutes",
        "< minutes",
    ): "what takes just as long as it may can be either",
    (
        "autograder/collecting/tree.py",
        "refused: str | None = None",
        "refused: str | None = None",
        'refused: str | None = ""',
    ): "no reason is none",
    (
        "autograder/sandbox/isolation.py",
        'with tempfile.TemporaryDirectory(prefix="ag-") as folder:',
        '"ag-"',
        '"XXag-XX"',
    ): "the name of a folder that is gone at once",
    (
        "autograder/judging/networks/layers.py",
        "slope: float = 0.01",
        "0.01",
        "1.01",
    ): "only a LeakyReLU has a slope, and each is made with one",
    (
        "autograder/checks/code_digest.py",
        "for node in ast.walk(tree) if pairs else ():",
        "ast.walk(tree) if pairs else ()",
        "ast.walk(tree) if (pairs) or True else ()",
    ): "no argument is in an empty collection",
    (
        "helpers/notebook_file.py",
        "values: int = 0",
        "0",
        "1",
    ): "parse() puts in the number",
    (
        "autograder/reports/rich_text.py",
        "if len(content) > 4 * PICTURE_BYTES // 3:",
        "4 * PICTURE_BYTES // 3",
        "4 * PICTURE_BYTES / 3",
    ): "a length is whole",
    (
        "autograder/reports/mathml.py",
        'name = unicodedata.name(character, "")',
        '""',
        '"XXXX"',
    ): "neither is two words",
    (
        "autograder/checks/code_digest.py",
        'return code.replace(co_filename="", co_firstlineno=1, co_linetable=b"", co_consts=inner)',
        'b""',
        'b"XXXX"',
    ): "the same lines for all code are none",
    (
        "autograder/checks/code_digest.py",
        'return code.replace(co_filename="", co_firstlineno=1, co_linetable=b"", co_consts=inner)',
        '""',
        '"XXXX"',
    ): "one name for all files is as good as another",
    (
        "autograder/checks/code_digest.py",
        'return code.replace(co_filename="", co_firstlineno=1, co_linetable=b"", co_consts=inner)',
        "1",
        "2",
    ): "as above",
    (
        "autograder/judging/compare.py",
        'return f"{100 * share:.1g}%" if share < 0.01 else f"{100 * share:.0f}%"',
        "< 0.01",
        "<= 0.01",
    ): "just one in a hundred is 1% in either format",
    (
        "autograder/judging/trained/pictures.py",
        "if low < self.low - 0.01 or high > 1.01:",
        "> 1.01",
        ">= 1.01",
    ): "no number in single precision is 1.01",
    (
        "autograder/checks/judging_process.py",
        'FILE, EXERCISES, END = "file", "exercises", "end"',
        '"file"',
        '"XXfileXX"',
    ): "where a fork begins, which nobody says",
    (
        "autograder/checks/judging_process.py",
        'FILE, EXERCISES, END = "file", "exercises", "end"',
        '"file"',
        '"FILE"',
    ): "as above",
    (
        "autograder/checks/judging_process.py",
        "data = os.read(reader, 65536)",
        "65536",
        "65537",
    ): "it reads on until there is no more",
    (
        "autograder/checks/judging_process.py",
        "for line in _lines(reader, 2 * seconds + 5):",
        "5",
        "6",
    ): "a second more is as right",
    (
        "autograder/judging/networks/flaws.py",
        "return int(torch.randint(1, 2**31, ()))",
        "2",
        "3",
    ): "a random seed of a larger span is as random",
    (
        "autograder/judging/numbers.py",
        'got = torch.from_numpy(got.astype("float64")) if got.dtype.kind in "biuf" else None',
        'got.astype("float64")',
        "got.astype(None)",
    ): "NumPy takes None for float64",
    (
        "autograder/collecting/collect.py",
        'self.scratch = Path(tempfile.mkdtemp(prefix="collecting-", dir=self.near))',
        '"collecting-"',
        '"XXcollecting-XX"',
    ): "the name of a folder that is gone at once",
    (
        "autograder/grading/running/test_cells.py",
        "__test__ = False  # not for pytest to collect",
        "False",
        "True",
    ): "pytest collects no class that has an __init__, and says so",
    (
        "autograder/grading/running/beside.py",
        '("stream", {"name": "stdout", "text": each["text"]})',
        '"name"',
        '"NAME"',
    ): "a stream without a name is shown as stdout",
    (
        "autograder/checks/judging_process.py",
        'module, _, function = job["prepare"].partition(":")',
        'job["prepare"].partition(":")',
        'job["prepare"].rpartition(":")',
    ): "there is one colon, between a module and its function",
    (
        "autograder/reports/points.py",
        "return notebook_marks(gradebook, assignment, notebook, student).get(student)",
        "notebook_marks(gradebook, assignment, notebook, student)",
        "notebook_marks(gradebook, assignment, notebook, None)",
    ): "the marks of all students are read, and those of the same one are taken",
    (
        "autograder/judging/distribution.py",
        "if special.kolmogorov(math.sqrt(n) * gap) < 1 - 1e-6:",
        "< 1 - 1e-6",
        "<= 1 - 1e-6",
    ): "what is exactly there is asked more precisely, and is not too near",
    (
        "helpers/submit/command.py",
        'f"{found.name} has {len(found.raw) / 1e6:,.0f} MB and the grader reads up to "',
        "1e6",
        "1000001.0",
    ): "whole megabytes are shown",
}


_CACHE = re.compile(r"@functools\.lru_cache\(maxsize=\d+\)")


def why(mutant: Mutant) -> str | None:
    """Why a mutant need not be noticed; None for all others."""
    if _TYPE.match(mutant.text):
        return "a type, read by people and by mypy alone"
    if mutant.was.lower() == mutant.now.lower() in ('"utf-8"', '"cp437"'):
        return "another spelling of the same encoding"
    if mutant.was.replace(".set_visible(False)", ".set_visible(None)") == mutant.now:
        return "matplotlib takes None for False"
    if _CACHE.match(mutant.text) and (mutant.was.isdigit() or "lru_cache" in mutant.was):
        return "it gives the same, and keeps more or less"
    if mutant.file.endswith("inside/first_step.py") and _NUMBER.fullmatch(mutant.was):
        return "what runs through with other numbers warms up the same"
    return ACCEPTED.get((mutant.file, mutant.text, mutant.was, mutant.now))
