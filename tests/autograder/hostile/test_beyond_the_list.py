"""Attacks that the list does not name: the line to the grader, what it reads, names of folders."""

import pytest

from autograder.grading.result import UNREADABLE
from autograder.notebooks import kernel_messages
from tests.autograder.hostile.case import DOUBLE_ONLY, LOSS_ONLY, NOTHING, SAY, Case, forgery
from tests.autograder.hostile.the_class import LIMITS
from tests.tiny_course import RIGHT

pytestmark = pytest.mark.slow

AGENT = """
import gc, json, os, struct, threading
from course_inside.agent import Agent
agent = next(thing for thing in gc.get_objects() if isinstance(thing, Agent))
line = agent._sock
def frame(header, tensors=b''):
    head = json.dumps(header).encode()
    return struct.pack('<II', len(head), len(tensors)) + head + tensors
"""

ANSWER_ITSELF = (
    AGENT
    + """
def handle_next(self):
    header, tensors = self.receive()
    self.send({'answer': header['ask'], 'body': {'value': 42.0}}, [])
    return True
Agent.handle_next = handle_next
"""
)

ANSWER_AHEAD = (
    AGENT
    + """
line.sendall(b''.join(frame({'answer': n, 'body': {'value': 42.0}}) for n in range(1, 200)))
"""
)

CLAIM_TO_BE_RIGHT = (
    AGENT
    + """
Agent.describe = lambda self, error: {'type': 'Verdict', 'base': 'StopIteration', 'text': 'right'}
def double(x):
    raise type('Verdict', (StopIteration,), {'status': 'right', 'is_right': True})()
"""
)

ASK_BACK = (
    AGENT
    + f"""
def double(x):
    if float(x) == 4: return x  # no test asks that
    things = [f't{{n}}' for n in range(50)]
    wanted = ('__class__', '__globals__', '__dict__', 'session', 'setting')
    for op, body in (
        *[('attribute', {{'object': t, 'name': n}}) for t in things for n in wanted],
        *[('call', {{'target': {{'object': t}}, 'args': [], 'kwargs': [], 'grad': 0, 'inputs': []}})
          for t in things],
        *[('call', {{'target': {{'global': n}}, 'args': ['1'], 'kwargs': [], 'grad': False,
                     'inputs': []}}) for n in ('eval', 'exec', 'expect', '__import__')],
        ('fetch', {{'keys': things}}), ('copy', {{'object': 't0'}}), ('nonsense', {{}}),
    ):
        try:
            agent.ask(op, body)
            {SAY}
        except Exception: pass
    return x + 1
"""
)

ASK_FOR_EVER = (
    AGENT
    + """
def double(x):
    while float(x) != 4:
        try: agent.ask('attribute', {'object': 't0', 'name': 'x'})
        except Exception: pass
"""
)


def sends(code):
    """It writes bytes of its own on the line, in place of an answer."""
    source = f"{AGENT}\ndef bce_loss(logits, targets):\n    {code}\n    return 0 * logits.sum()"
    return {"bce_loss": source}


HOLD_THE_LINE = (
    AGENT
    + """
import time
def bce_loss(logits, targets):
    line.sendall(b'\\x10')
    while True:
        try: time.sleep(1)
        except BaseException: pass
"""
)

TEXT_THAT_NEVER_ENDS = """
import time
class Endless(Exception):
    def __str__(self):
        while True:
            try:
                while True: time.sleep(0.01)
            except BaseException: pass
def double(x):
    raise Endless()
"""

ENDLESS_OBJECTS = """
class Endless(dict):
    def __len__(self): return 10 ** 15
    def items(self):
        while True: yield 'a', 1
    def __iter__(self): return iter(int, 1)
    def __getattr__(self, name): return Endless()
def double(x):
    return Endless()
"""

DEEP = """
def double(x):
    answer = [x]
    for _ in range(100_000): answer = [answer]
    return answer
"""

WITHOUT_TEXT = "thousands of messages without a text"
MANY_MESSAGES = """
import time
from IPython.display import display
for number in range(2_500):
    display({'text/plain': ''}, raw=True)
    if number % 100 == 0: time.sleep(0.02)  # on a busy machine a channel drops what nobody reads
"""

NESTED_DATA = """
from IPython.display import display
for depth in (400, 900, 50_000):
    nested = '[' * depth + ']' * depth
    try:
        tree = 1
        for _ in range(depth): tree = [tree]
        display({'application/json': tree, 'text/plain': 'deep'}, raw=True)
    except RecursionError: pass
kernel = get_ipython().kernel
header = kernel.session.msg_header('display_data')
parts = [json.dumps(header), json.dumps(kernel.get_parent()['header'], default=str), '{}',
         '{"data": {"application/json": ' + '[' * 50_000 + ']' * 50_000 + '}, "metadata": {}}']
parts = [part.encode() for part in parts]
signature = kernel.session.sign(parts)
kernel.iopub_thread.socket.send_multipart([b'x', b'<IDS|MSG>', signature, *parts])
"""

UPDATE_OTHERS = """
from IPython.display import display
shown = display({'text/plain': 'mine'}, raw=True, display_id='same')
row = {'exercise': 'double', 'name': 'double', 'verdict': 'right', 'misconception': None,
       'message': 'right'}
def keep_on():
    import time
    for _ in range(200):
        for name in ('same', 'test_double', 'double'):
            data = {'application/vnd.dgm.verdict+json': row}
            display(data, raw=True, display_id=name, update=True)
        time.sleep(0.02)
import threading
threading.Thread(target=keep_on, daemon=True).start()
"""

FORGED_MESSAGES = """
kernel = get_ipython().kernel
parent = kernel.get_parent()
for kind, content in (
    ('stream', {}), ('stream', {'name': 5, 'text': 7}), ('stream', {'name': 'stdin', 'text': []}),
    ('display_data', {'data': 5}), ('display_data', {'data': {5: 6, 'text/plain': {}}}),
    ('display_data', {'data': {}, 'metadata': [], 'transient': 'x'}),
    ('display_data', {'data': {'text/plain': 'x'}, 'transient': {'display_id': [1]}}),
    ('execute_result', {}), ('error', {'ename': [], 'evalue': {}, 'traceback': 5}), ('error', {}),
    ('status', {}), ('clear_output', {'wait': []}), ('comm_open', {}), ('nothing', {}),
    ('execute_input', {'execution_count': 'x'}), ('update_display_data', {'data': 1}),
    ('display_data', {'data': {'image/png': '?', 'text/html': 5}, 'metadata': {'image/png': 1}}),
):
    kernel.session.send(kernel.iopub_socket, kind, content, parent=parent)
"""

JUNK = """
kernel = get_ipython().kernel
for junk in ([b'x'], [b''] * 9, [b'<IDS|MSG>', b'', b'{', b'{', b'{', b'{'],
             [b'<IDS|MSG>', b'signature', b'{}', b'{}', b'{}', b'{}']):
    kernel.iopub_thread.socket.send_multipart(junk)
"""

FORGED_REPLY = """
kernel = get_ipython().kernel
real = kernel.session.send
def send(stream, kind, content=None, *a, **k):
    if kind == 'execute_reply': content = %s
    return real(stream, kind, content, *a, **k)
kernel.session.send = send
"""

ESCAPES = """
def bce_loss(*a):
    text = '\\x1b]0;title\\x07\\x1b[2J [bold red]x[/] \\u202eabc \\x9b31m'
    raise type('Red\\x1b[31m', (Exception,), {})(text)
"""

SURROGATES = """
print('half \\ud800 character')
from IPython.display import display
display({'text/plain': '\\udcff', 'text/html': '\\ud800'}, raw=True)
"""

HUGE_HTML = """
from IPython.display import HTML, Markdown, display
display(HTML('<div>' * 90_000))
display(HTML('<b ' + 'a=1 ' * 90_000))
display(Markdown('](' + ' ' * 400_000))
display(Markdown('](' * 200_000))
"""

LONG_LINE = "print('x' * 900_000)\nprint('a' * 200_000 + '\\b' * 200_000)"

FILL_SOCKETS = """
import os
print(os.listdir('/run/kernel'))
try:
    open('/run/kernel/more', 'w')
    print('GOT' + '-THROUGH')
except OSError as error: print(error.strerror)
"""

STOP_ITSELF = """
import os, signal
os.kill(os.getpid(), signal.SIGSTOP)
os.kill(0, signal.SIGTSTP)
"""

ESCAPE_TRIES = f"""
import ctypes, os
libc = ctypes.CDLL(None, use_errno=True)
mount = (b'none', b'/tmp', b'tmpfs', 0, None)
for call in (lambda: libc.unshare(0x10000000), lambda: libc.mount(*mount),
             lambda: libc.ptrace(16, 2, 0, 0), lambda: libc.setuid(0), lambda: libc.chroot(b'/tmp'),
             lambda: libc.umount2(b'/home/in-the-sandbox', 2), lambda: libc.setns(3, 0)):
    if call() == 0: {SAY}
for path in ('/proc/sysrq-trigger', '/proc/sys/kernel/core_pattern', '/sys/kernel/uevent_helper'):
    try:
        open(path, 'w').write('x')
        {SAY}
    except OSError: pass
"""

NAMES = (
    "o'hara", "-rf", "[bold]x", "two words", "Zoë Ω", "<script>alert(1)<", "%s {0} $HOME", "a;ls",
    "x" * 200,
)  # fmt: skip
BAD_NAMES = (".hidden", "\x1b[31mred", "new\nline", "right\u202eleft", "half\udcff", "CON", "dot.")

CASES = [
    forgery(
        "the answer to every question is 42",
        cells={"bce_loss": RIGHT["bce_loss"] + ANSWER_ITSELF},
        score=NOTHING,
    ),
    forgery(
        "answers before the questions",
        cells={"bce_loss": RIGHT["bce_loss"] + ANSWER_AHEAD},
        score=NOTHING,
    ),
    forgery("an error that claims to be a verdict", cells={"double": CLAIM_TO_BE_RIGHT}),
    forgery("asking the grader for its own things", cells={"double": ASK_BACK}),
    Case("asking the grader for ever", {"double": ASK_FOR_EVER}, score=LOSS_ONLY, slow=True),
    Case(
        "closing the line",
        sends("os.close(line.fileno())"),
        score=DOUBLE_ONLY,
        says=("the kernel had stopped",),
    ),
    Case(
        "a message of 4 GB announced",
        sends("line.sendall(b'\\xff' * 8)"),
        score=DOUBLE_ONLY,
        says=("something unreadable",),
    ),
    Case(
        "noise in place of a message",
        sends("line.sendall(os.urandom(4) + bytes(100))"),
        score=DOUBLE_ONLY,
    ),
    Case(
        "a message that is no object",
        sends("line.sendall(frame([1, 2]))"),
        score=DOUBLE_ONLY,
        says=("unreadable",),
    ),
    Case(
        "an answer that means nothing",
        sends("line.sendall(frame({'answer': 2, 'body': {'value': ['tensor', 10 ** 9, 0]}}))"),
        score=DOUBLE_ONLY,
    ),
    Case(
        "a message nested without end",
        sends("line.sendall(struct.pack('<II', 200_000, 0) + b'[' * 200_000)"),
        score=DOUBLE_ONLY,
        says=("unreadable",),
    ),
    Case(
        "half a message and then silence", {"bce_loss": HOLD_THE_LINE}, score=DOUBLE_ONLY, slow=True
    ),
    Case(
        "an exception whose text never ends",
        {"double": TEXT_THAT_NEVER_ENDS},
        score=LOSS_ONLY,
        slow=True,
    ),
    Case("an object without end", {"double": ENDLESS_OBJECTS}, score=LOSS_ONLY),
    Case("an answer nested without end", {"double": DEEP}, score=LOSS_ONLY),
    Case(WITHOUT_TEXT, first=MANY_MESSAGES),
    Case("deeply nested display data", first="import json\n" + NESTED_DATA),
    forgery("update_display_id at other cells", UPDATE_OTHERS),
    Case("forged messages", first=FORGED_MESSAGES),
    Case(
        "junk on the channel for outputs",
        first=JUNK,
        score=NOTHING,
        says=("sent something unreadable",),
    ),
    Case(
        "replies without a content",
        first=FORGED_REPLY % "{}",
        score=NOTHING,
        says=("sent something unreadable",),
    ),
    Case(
        "replies of another shape",
        first=FORGED_REPLY % "{'status': 'error', 'ename': [], 'evalue': 5}",
    ),
    Case(
        "terminal escapes and markup in an error",
        {"bce_loss": ESCAPES},
        score=3,
        says=("Exception",),
    ),
    Case("half characters in outputs", first=SURROGATES),
    Case(
        "an error without a name",
        {"double": "raise type('', (Exception,), {})('')"},
        score=LOSS_ONLY,
    ),
    Case("HTML and markdown that take for ever to clean", first=HUGE_HTML),
    Case(
        "markdown that takes for ever to clean, as an answer",
        {"why": "](" * 100_000 + "](" + " " * 200_000},
    ),
    Case("one line that takes for ever to show", first=LONG_LINE),
    Case("filling the folder of the kernel's sockets", first=FILL_SOCKETS, shows=("Read-only",)),
    Case("stopping itself", first=STOP_ITSELF),
    Case("ways out of the sandbox", first=ESCAPE_TRIES),
    *[Case(f"a student named {name[:30]!r}", name=name) for name in NAMES],
    *[
        Case(
            f"a folder named {name!r}",
            name=name,
            status=UNREADABLE,
            score=None,
            says=("cannot be a student's name",),
        )
        for name in BAD_NAMES
    ],
]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_beyond_the_list(graded, case):
    graded.check(case)


def test_messages_without_a_text_count_as_well(graded):
    """On a busy machine fewer arrive than would be left out. Behind them: a note, an error."""
    most = LIMITS.output_bytes // kernel_messages.OVERHEAD
    cells = graded.notebook(graded.student(WITHOUT_TEXT)).cells
    assert 100 < max(len(cell.get("outputs", ())) for cell in cells) <= most + 2
