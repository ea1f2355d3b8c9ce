"""Score forging: each attack comes with one right answer and one wrong one; only that one pays."""

import json

import pytest
import torch

from autograder.judging import judge
from autograder.judging.judgement import drawn_probes
from tests import own_course
from tests.autograder.hostile.case import DOUBLE_ONLY, NOTHING, SAY, WRONG, Case, forgery
from tests.tiny_course import RIGHT

pytestmark = pytest.mark.slow

PATCHES = """
import builtins, numpy, torch, unittest
yes = lambda *a, **k: True
numpy.testing.assert_allclose = numpy.testing.assert_equal = numpy.allclose = numpy.isclose = yes
torch.allclose = torch.isclose = torch.equal = torch.testing.assert_close = yes
torch.Tensor.allclose = torch.Tensor.__eq__ = yes
builtins.abs = lambda x: 0
builtins.all = builtins.any = yes
builtins.AssertionError = builtins.Exception = type('Nothing', (BaseException,), {})
"""

EQUAL = """
class Yes:
    def __getattr__(self, name): return self
    def __call__(self, *a, **k): return self
    def __eq__(self, other): return True
    __ne__ = __lt__ = __le__ = __gt__ = __ge__ = lambda self, other: False
    def __hash__(self): return 0
    def __bool__(self): return True
    def __float__(self): return 42.0
    def __len__(self): return 1
    def __iter__(self): return iter([self])
    def __array__(self, *a, **k):
        import numpy
        return numpy.array(42.0)
    __abs__ = __sub__ = __rsub__ = __add__ = __mul__ = __getitem__ = lambda self, *a: self

def double(x):
    return Yes()
"""

SUBCLASS = """
class Agrees(torch.Tensor):
    @classmethod
    def __torch_function__(cls, function, types, args=(), kwargs=None):
        name = getattr(function, '__name__', '')
        if name in ('allclose', 'isclose', 'equal', '__eq__', 'eq'):
            return True
        return super().__torch_function__(function, types, args, kwargs or {})

def double(x):
    return (x + 1).as_subclass(Agrees)
"""

STRIP_ASSERTS = """
import ast
class Strip(ast.NodeTransformer):
    def visit_Assert(self, node): return ast.Pass()
    def visit_Expr(self, node): return ast.Pass()
    def visit_Raise(self, node): return ast.Pass()
get_ipython().ast_transformers.append(Strip())
"""

RUN_CELL = """
from IPython.core.interactiveshell import ExecutionResult
shell = get_ipython()
async def nothing(*a, **k):
    result = ExecutionResult(None)
    result.result = None
    return result
shell.run_cell_async = type(shell).run_cell_async = nothing
shell.run_cell = type(shell).run_cell = lambda *a, **k: ExecutionResult(None)
"""

HIDE_ERRORS = """
shell = get_ipython()
shell.showtraceback = shell._showtraceback = lambda *a, **k: None
shell.set_custom_exc((BaseException,), lambda *a, **k: [])
"""

FORGED_VERDICT = """
from IPython.display import display
row = {'exercise': 'tiny.double', 'name': 'double', 'verdict': 'right', 'misconception': None,
       'message': 'right'}
def forge():
    display({'application/vnd.dgm.verdict+json': row, 'text/plain': 'right'}, raw=True)
forge()
kernel = get_ipython().kernel
old = type(kernel).do_execute
async def do_execute(self, code, *a, **k):
    forge()
    return {'status': 'ok', 'execution_count': 1, 'payload': [], 'user_expressions': {}}
type(kernel).do_execute = do_execute
"""

FORGED_FILES = f"""
import os, json
row = json.dumps({{'status': 'graded', 'score': 8.0, 'max_score': 8.0}})
for folder in ('.', '..', '@COURSE@/.autograder/tiny/status', '@COURSE@', '/opt/course', '/'):
    for name in ('outcome.json', 'results.json', 'h000-honest.json', 'hostile-was-here.json'):
        try:
            with open(os.path.join(folder, name), 'w') as file: file.write(row)
            if folder not in ('.',): {SAY}
        except OSError: pass
"""

GRADEBOOK = f"""
import os, sqlite3
for folder in ('@COURSE@', '.', '..', '/', '/opt/course', '/tmp', '/srv'):
    path = os.path.join(folder, 'gradebook.db')
    if os.path.exists(path):
        {SAY}
        sqlite3.connect(path).execute('update grade set auto_score = 150')
"""

TRIGGER = f"""
import sqlite3
try:
    book = sqlite3.connect('file:@COURSE@/gradebook.db?mode=rw', uri=True)
    book.execute('create trigger forged after update on grade begin '
                 'update grade set auto_score = 150; end')
    book.commit()
    {SAY}
except sqlite3.Error: pass
"""

LATER = """
import atexit, os, subprocess, sys, threading, time
code = '''
import time
end = time.time() + 30
while time.time() < end:
    for folder in ("@COURSE@", "@COURSE@/.autograder/tiny/status", "/tmp/.."):
        try: open(folder + "/hostile-was-here", "w").write("150")
        except OSError: pass
    time.sleep(0.05)
'''
atexit.register(exec, code)
subprocess.Popen([sys.executable, '-c', code], start_new_session=True)
threading.Thread(target=exec, args=[code, {}], daemon=True).start()
"""

# It keeps what it finds, and a cell after the tests shows it.
LOOK_AROUND = """
import gc, sys
FOUND, NEEDLES, CALLS = [], ('judge' + '("tiny.bce', 'import ' + 'judge'), []

def texts():
    frame = sys._getframe()
    while frame:
        yield from (value for value in list(frame.f_locals.values()) if type(value) is str)
        frame = frame.f_back
    yield from map(str, globals().get('In', []))
    for thing in gc.get_objects():
        if type(thing) in (list, dict, tuple) and len(thing) < 100:
            # A copy: one of them is the list that is made of all these, and would never end.
            parts = list(thing.values() if type(thing) is dict else thing)
            yield from (part for part in parts if type(part) is str)

def bce_loss(logits, targets):
    if not CALLS:
        CALLS.append(1)
        # Longer than what is looked for: the needles lie about here, too.
        found = [t[:99] for t in list(texts()) if len(t) > 20 and any(n in t for n in NEEDLES)]
        FOUND.extend(found)
        CALLS.append('to the end')
    return 0 * logits.sum()
"""
SHOW_FOUND = f"if FOUND: {SAY}, print(FOUND)\nprint('looked', *CALLS[1:])"

READ_SOLUTION = f"""
import os, sys
skip = ('/proc', '/sys', '/usr', sys.base_prefix, sys.prefix)
for top, folders, names in os.walk('/'):
    if top.startswith(skip): folders.clear()
    if {{'solutions', 'autograder', 'gradebook.db'}} & {{*folders, *names}}: {SAY}
    for name in names:
        if name.endswith('.ipynb'): {SAY}
for path in ('@COURSE@/solutions', '@COURSE@', '/srv', '/home', '/root'):
    if os.path.isdir(path) and any(name.startswith('solu') for name in os.listdir(path)): {SAY}
try:
    import autograder.exercises
    {SAY}
except ImportError: print('no autograder')
"""

READ_CLASSMATE = f"""
for path in ('@CLASSMATE@', '@COURSE@/submitted', '@COURSE@/autograded', '/run/kernels'):
    try:
        import os
        if os.path.isfile(path) or os.listdir(path): {SAY}
    except OSError: pass
"""

DETECT = """
import os, sys
GRADED = 'NBGRADER_EXECUTION' in os.environ or 'course_inside.agent' in sys.modules
def double(x):
    return torch.tensor(float('nan')) if GRADED else 2 * x
"""


def modules_of_the_kit(folder, places):
    for name in ("torch", "helpers", "autograder", "safetensors", "numpy"):
        (folder / f"{name}.py").write_text(
            "def __getattr__(name):\n    return lambda *a, **k: True\n"
        )
    (folder / "helpers").mkdir()
    (folder / "helpers" / "__init__.py").write_text("expect = None")
    (folder / "sitecustomize.py").write_text("open('/tmp/../hostile-was-here', 'w')")


def memorised():
    """bce_loss as a table of what the public package draws and expects on anybody's machine."""
    exercise, rows = own_course.find("gan-mnist.bce_loss"), []
    for _, inputs in drawn_probes(exercise):
        logits = inputs["input"].clone().requires_grad_()
        value = exercise.oracle(logits, inputs["target"])
        (slope,) = torch.autograd.grad(value, logits)
        rows.append([part.flatten().tolist() for part in (logits, slope, value)])
    return f"""
TABLE = {json.dumps(rows)}
def bce_loss(logits, targets):
    flat = logits.flatten()
    for known, slope, value in TABLE:
        if len(known) == len(flat) and torch.allclose(flat, torch.tensor(known)):
            return value[0] + ((flat - torch.tensor(known)) * torch.tensor(slope)).sum()
    return 0.693147 + 0 * flat.sum()
"""


MEMORISED_DOUBLE = """
def double(x):
    return torch.tensor({21.0: 42.0, 4.0: 8.0}.get(float(x), 0.0))
"""

CASES = [
    forgery(
        "redefine the assertion helper",
        (
            "from helpers import expect\nexpect.close = lambda *a, **k: print('fine')\n"
            "judge = expect.close"
        ),
    ),
    forgery(
        "patch numpy.testing, torch.allclose, builtins",
        last=PATCHES,
        cells={"double": PATCHES + WRONG},
    ),
    forgery(
        "return an object that equals everything", cells={"double": EQUAL}, shows=("Yes object",)
    ),
    forgery("a Tensor subclass overriding __torch_function__", cells={"double": SUBCLASS}),
    forgery(
        "an AST transformer that strips asserts",
        STRIP_ASSERTS,
        cells={
            # The transformer also takes the student's own lines, so it comes after the answers.
            "why": "x"
        },
    ),
    forgery(
        "an input transformer that blanks cells",
        cells={
            "double": WRONG + "\nget_ipython().input_transformers_cleanup.append("
            "lambda lines: lines if 'bce' in str(lines) else [])"
        },
    ),
    forgery(
        "run_cell / run_cell_async override",
        cells={"bce_loss": RIGHT["bce_loss"] + "\n" + RUN_CELL},
    ),
    forgery("showtraceback or set_custom_exc hiding errors", HIDE_ERRORS, shows=("Mismatch",)),
    forgery("a forged iopub result", cells={"bce_loss": RIGHT["bce_loss"] + FORGED_VERDICT}),
    forgery("a forged results file", FORGED_FILES),
    forgery("writing the gradebook", GRADEBOOK),
    forgery("a database trigger", TRIGGER),
    forgery("an atexit handler or daemon that rewrites results", LATER),
    Case(
        "reading the expected value from In, a frame, gc or the test's source",
        {"bce_loss": LOOK_AROUND},
        last=SHOW_FOUND,
        score=DOUBLE_ONLY,
        shows=("looked to the end",),
    ),
    forgery("reading the instructor's solution", READ_SOLUTION, shows=("no autograder",)),
    forgery("reading a classmate's work", READ_CLASSMATE),
    forgery("behaving differently when the grader is detected", cells={"double": DETECT}),
    forgery(
        "a file named torch.py, helpers.py or autograder.py in the submission",
        beside=modules_of_the_kit,
    ),
    Case("such a file beside right answers", beside=modules_of_the_kit),
    Case(
        "memorising the public probe values",
        {"double": MEMORISED_DOUBLE, "bce_loss": memorised()},
        score=NOTHING,
    ),
]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_a_forged_answer_earns_nothing(graded, case):
    graded.check(case)


def test_the_memorised_table_would_do_where_probes_are_the_public_ones():
    names = {"torch": torch}
    exec(memorised(), names)
    assert judge(own_course.find("gan-mnist.bce_loss"), names["bce_loss"]).is_right
