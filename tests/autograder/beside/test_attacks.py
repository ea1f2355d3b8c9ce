"""Forging on a plain assert: what earns nothing, and what nobody can prevent within one process.

The table in docs/plain-tests.md has the same rows.
"""

import re
import shutil
from pathlib import Path

import nbformat
import pytest

from autograder.course.course import Course, read_notebook
from autograder.grading.grade import grade
from autograder.notebooks.cells import marks
from autograder.notebooks.fill_answers import fill, write_submission
from autograder.releasing.release import release
from autograder.sandbox import isolation
from tests.autograder.beside import courses
from tests.autograder.beside.battery import Case

pytestmark = pytest.mark.sandbox

NAME = "attacked"
CASES = [
    Case("double", 1, "def double(x):\n    return 2 * x", "assert double(3) == 6"),
    Case(
        "half",
        1,
        "def half(x):\n    return x / 2",
        "value = half(4.0)\nnp.testing.assert_allclose(value, 2.0)\ncheck_close(half(5.0), 2.5)",
        given="import numpy as np\n\ndef check_close(a, b):\n    assert abs(a - b) < 1e-6",
    ),
]
WRONG = {"double": "def double(x):\n    return x", "half": "def half(x):\n    return x"}

PATCH = """
import builtins, numpy, sys, torch, unittest
yes = lambda *a, **k: True
class Fake: assert_allclose = assert_equal = staticmethod(yes)
numpy.testing.assert_allclose = numpy.allclose = numpy.isclose = torch.allclose = yes
sys.modules['numpy.testing'] = numpy.testing = Fake
builtins.abs = lambda x: 0
builtins.all = builtins.any = yes
builtins.AssertionError = type('Nothing', (BaseException,), {})
"""
TRANSFORMERS = """
import ast
class Strip(ast.NodeTransformer):
    def visit_Assert(self, node): return ast.Pass()
    def visit_Expr(self, node): return ast.Pass()
get_ipython().ast_transformers.append(Strip())
"""
INPUT = """
get_ipython().input_transformers_cleanup.append(
    lambda lines: [] if any('assert' in line for line in lines) else lines)
"""
RUN_CELL = """
from IPython.core.interactiveshell import ExecutionResult, InteractiveShell
shell = get_ipython()
async def nothing(self, *a, **k):
    result = ExecutionResult(None)
    result.result = None
    return result
InteractiveShell.run_code = InteractiveShell.run_ast_nodes = nothing
"""
HIDE = """
shell = get_ipython()
shell.showtraceback = shell._showtraceback = type(shell).showtraceback = lambda *a, **k: None
shell.set_custom_exc((BaseException,), lambda *a, **k: [])
"""
DISPLAYED = """
def double(x):
    shell = get_ipython()
    shell.displayhook(1.0)
    shell.display_pub.publish({'text/plain': '1.0'})
    shell.displayhook.session.send(shell.displayhook.pub_socket, 'execute_result', content={
        'data': {'text/plain': '1.0'}, 'metadata': {}, 'execution_count': 1})
    return x
"""
DO_EXECUTE = """
kernel = get_ipython().kernel
async def do_execute(self, code, *a, **k):
    return {'status': 'ok', 'execution_count': 1, 'payload': [], 'user_expressions': {}}
type(kernel).do_execute = do_execute
"""
LEAVES = "def double(x):\n    import os\n    os._exit(0)"
EXITS = "def double(x):\n    raise SystemExit(0)"
AT_EXIT = """
import atexit, os
atexit.register(lambda: os._exit(0))
def double(x):
    print('{"error": null, "ended": null}')
    exit()
    return x
"""
THREAD = """
import threading, time, numpy, builtins
def again():
    while True:
        numpy.testing.assert_allclose = lambda *a, **k: None
        builtins.abs = lambda x: 0
        time.sleep(0.0001)
threading.Thread(target=again, daemon=True).start()
"""
TRACE = """
import sys
def skip(frame, event, argument):
    if 'check' in frame.f_code.co_filename and event == 'line':
        try: frame.f_lineno = frame.f_lineno + 1
        except Exception: pass
    return skip
sys.settrace(skip)
"""
FILES = """
import json, os
for folder in ('.', '..', '/tmp', os.environ['HOME']):
    for name in ('outcome.json', 'results.json', 'gradebook.db'):
        try: open(os.path.join(folder, name), 'w').write(json.dumps({'score': 8.0}))
        except OSError: pass
"""
LINE = """
import gc, json, os, struct, threading, time
from course_inside.agent import Agent
line = next(thing for thing in gc.get_objects() if isinstance(thing, Agent))._sock
body = {'shown': [], 'value': None, 'error': None, 'ended': None, 'secret': ''}
def frames():
    for n in range(1, 60):
        head = json.dumps({'answer': n, 'body': body}).encode()
        yield struct.pack('<II', len(head), 0) + head
def double(x):
    for number in range(3, 40):
        try: os.write(number, b''.join(frames()))
        except OSError: pass
    try: line.sendall(b''.join(frames()))
    except OSError: pass
    return x
"""
EQUAL = """
class Yes:
    def __eq__(self, other): return True
def double(x):
    return Yes()
"""
HELPER = "def check_close(a, b):\n    pass\n" + "def half(x):\n    return 2.0"
READ = r"""
import linecache, re, sys
def double(x):
    frame = sys._getframe()
    while frame:
        text = ''.join(linecache.getlines(frame.f_code.co_filename))
        found = re.search(r'double\(3\) == (\d+)', text)
        if found: return int(found[1])
        frame = frame.f_back
    return x
"""
DETECT = """
import os
def double(x):
    return 6 if 'NBGRADER_EXECUTION' in os.environ else x
"""
IN_THE_CALL = """
import numpy
def half(x):
    global check_close
    check_close = numpy.testing.assert_allclose = lambda *a, **k: None
    return x
"""
FROM_THE_FRAME = """
import sys
def double(x):
    frame = sys._getframe()
    while frame:
        cell = frame.f_locals.get('self')
        if type(cell).__name__ == '_Cell':
            cell.about = lambda error: None
        frame = frame.f_back
    return x
"""
KNOWN = "def double(x):\n    return {3: 6}.get(x, x)"

# {the attack, as in the documentation: (sources by grade_id, a cell before the answers)}
HOLDS = {
    "a `skip-execution` or `raises-exception` tag on the test": ({}, ""),
    "an AST transformer that strips asserts": ({}, TRANSFORMERS),
    "an input transformer that blanks cells": ({}, INPUT),
    "a replaced `run_cell`, `run_code` or `run_ast_nodes`": ({}, RUN_CELL),
    "`showtraceback` or `set_custom_exc` that hides errors": ({}, HIDE),
    "a result displayed or sent by a called function": ({"double": DISPLAYED}, ""),
    "a replaced `do_execute` of the kernel": ({}, DO_EXECUTE),
    "`numpy.testing`, `torch.allclose` or builtins replaced": ({}, PATCH),
    "a thread that goes on replacing them": ({}, THREAD),
    "a trace function that jumps over lines": ({}, TRACE),
    "`os._exit(0)` in a called function": ({"double": LEAVES}, ""),
    "`SystemExit` in a called function": ({"double": EXITS}, ""),
    "an exit handler, and `exit()` in a called function": ({"double": AT_EXIT}, ""),
    "a results file or a gradebook": ({}, FILES),
    "an answer written on the line to the grader": ({"double": LINE}, ""),
}
CANNOT = {
    "an object that equals everything": ({"double": EQUAL}, ""),
    "a helper of a given cell, defined again": ({"half": HELPER}, ""),
    "the expected value, read from the test's source in a frame": ({"double": READ}, ""),
    "other behaviour when graded": ({"double": DETECT}, ""),
    "the values of the visible tests, in a table": ({"double": KNOWN}, ""),
    "a called function that replaces what the test calls next": ({"half": IN_THE_CALL}, ""),
    "a called function that changes the runner in its caller's frames": (
        {"double": FROM_THE_FRAME},
        "",
    ),
}


def slug(attack):
    return re.sub(r"[^a-z0-9]+", "-", attack.lower()).strip("-")[:50]


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    found = isolation.best()
    if not found.sandboxed:
        pytest.skip(f"no isolation here: {found.reason}")
    root = tmp_path_factory.mktemp("attacks") / "course"
    root.mkdir()
    shutil.copy(courses.ROOT / "nbgrader_config.py", root)
    path = root / "solutions" / NAME / f"{NAME}.ipynb"
    path.parent.mkdir(parents=True)
    nbformat.write(courses.source_notebook(CASES), path)
    course = Course.at(root)
    release(course, NAME)
    blank = read_notebook(course.released(NAME))
    for attack, (sources, first) in (HOLDS | CANNOT).items():
        notebook = fill(blank, WRONG | sources)
        if first:
            place = [cell.id for cell in notebook.cells].index("half")
            notebook.cells.insert(place, nbformat.v4.new_code_cell(first))
        if "tag" in attack:
            for cell in notebook.cells:
                if marks(cell).get("grade"):
                    cell.metadata["tags"] = ["skip-execution", "raises-exception"]
        write_submission(course, slug(attack), NAME, notebook)
    write_submission(course, "honest", NAME, fill(blank, {c.name: c.right for c in CASES}))
    return {result.student: result for result in grade(course, NAME)}


def test_an_honest_answer_earns_its_points(results):
    assert results["honest"].score == 2


@pytest.mark.parametrize("attack", HOLDS)
def test_it_earns_nothing(results, attack):
    result = results[slug(attack)]
    assert (result.status, result.score) == ("graded", 0), result.verdicts


@pytest.mark.parametrize("attack", CANNOT)
def test_it_cannot_be_kept_from_earning(results, attack):
    assert results[slug(attack)].score > 0


def test_the_documentation_has_the_same_table():
    text = (Path(courses.ROOT) / "docs" / "plain-tests.md").read_text()
    rows = dict(re.findall(r"^\| (.+?) \| (yes|no) \|", text, re.MULTILINE))
    assert rows == dict.fromkeys(HOLDS, "yes") | dict.fromkeys(CANNOT, "no")
