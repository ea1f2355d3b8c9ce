"""Files and network: nothing of the host is read, nothing is unpacked, nobody is called."""

import os
import re
import stat
import zipfile

import nbconvert
import pytest

from autograder.grading.result import UNREADABLE
from tests.autograder.hostile.case import SAY, Case
from tests.autograder.hostile.the_class import MARK, SECRET
from tests.autograder.notebooks.test_sanitize import Dangers

pytestmark = pytest.mark.slow

SCRIPT = "<script>alert(1)</script>"
LEFT_OUT = "is not an ordinary file; it was left out"


def link(target, name="data.txt"):
    def make(folder, places):
        (folder / name).symlink_to(places.get(target, target))

    return make


def fifo(name):
    return lambda folder, places: os.mkfifo(folder / name)


def device(folder, places):
    """/dev/zero under another name; a FIFO where only root may make one."""
    try:
        os.mknod(folder / "data.bin", stat.S_IFCHR | 0o666, os.makedev(1, 5))
    except PermissionError:
        os.mkfifo(folder / "data.bin")


def traversal(folder, places):
    with zipfile.ZipFile(folder / "work.zip", "w") as file:
        for name in (
            f"../{MARK}",
            f"../../../{MARK}",
            f"/tmp/{MARK}",
            f"{places['COURSE']}/{MARK}",
        ):
            file.writestr(name, "out")


def bomb(folder, places):
    with zipfile.ZipFile(folder / "work.zip", "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("zeros", bytes(200_000_000))


CHECKPOINT = """
import os, pickle, sys, torch
class Code:
    def __reduce__(self):
        return exec, ("for f in ('/tmp/..', '/opt/course', '@COURSE@', '.'):\\n"
                      " try: open(f + '/hostile-was-here', 'w')\\n except OSError: pass",)
torch.save({'w': Code()}, 'model.pt')
torch.load('model.pt', weights_only=False)
print('ran' if os.path.exists('hostile-was-here') else 'did not run')
"""


def pickled(folder, places):
    code = f"c__builtin__\nexec\n(Vopen('{places['COURSE']}/{MARK}', 'w')\ntR."
    (folder / "model.pt").write_bytes(code.encode())
    (folder / "model.pkl").write_bytes(code.encode())


NETWORK = f"""
import socket, urllib.request
def attempt(call):
    try:
        call()
        {SAY}
    except OSError as error: print(type(error).__name__)
def unix():
    with socket.socket(socket.AF_UNIX) as line: line.connect('@SOCKET@')
attempt(lambda: socket.create_connection(('127.0.0.1', @PORT@), 2))
attempt(lambda: socket.create_connection(('1.1.1.1', 53), 2))
attempt(lambda: urllib.request.urlopen('http://127.0.0.1:@PORT@/', timeout=2))
attempt(lambda: urllib.request.urlopen('https://example.org/', timeout=2))
attempt(lambda: socket.getaddrinfo('example.org', 80))
attempt(unix)
"""

READ_SECRET = f"""
for path in ('@SECRET@', 'data.txt', '/proc/1/root@SECRET@', '/proc/self/root@SECRET@'):
    try:
        print(open(path).read())
        {SAY}
    except OSError: pass
"""

HTML = """
from IPython.display import HTML, Javascript, Latex, Markdown, SVG, display
text = '<script>alert(1)</script><img src=x onerror=alert(1)>'
for kind in (HTML, Javascript, Latex, Markdown): display(kind(text))
display({'image/svg+xml': '<svg>' + text + '</svg>'}, raw=True)
print(text)
raise ValueError(text)
"""

MARKDOWN = (
    f"{SCRIPT} [a](javascript:alert(1)) <img src=x onerror=alert(1)>\n\n"
    "[b](<java\tscript:alert(1)>) [c]( <javascript:alert(1)>) [d][e]\n\n[e]:\njavascript:alert(1)"
)


def markup_in_names(folder, places):
    for name in (f"{SCRIPT.replace('/', '&#47;')}.txt", "[bold]x[&#47;bold].txt", "\x1b[2Jx.csv"):
        (folder / name).write_text("x")
    (folder / f"{SCRIPT.replace('/', '&#47;')}.csv").symlink_to("nowhere")


NAMES = "def bce_loss(*a):\n    raise type('Alert', (Exception,), {})('%s')"

CASES = [
    Case(
        "symlink to a secret",
        first=READ_SECRET,
        beside=link("SECRET"),
        says=(f"'data.txt' {LEFT_OUT}",),
    ),
    Case(
        "the notebook itself a symlink",
        file=None,
        beside=link("SECRET", "tiny.ipynb"),
        status=UNREADABLE,
        score=None,
        says=("is a link or not an ordinary file",),
    ),
    Case(
        "a symlink to a classmate's notebook",
        file=None,
        beside=link("CLASSMATE", "tiny.ipynb"),
        status=UNREADABLE,
        score=None,
        says=("is a link or not an ordinary file",),
    ),
    Case("a folder that is a symlink", beside=link("COURSE", "data"), says=(LEFT_OUT,)),
    Case("dangling symlink", beside=link("/nowhere/at/all"), says=(LEFT_OUT,)),
    Case("a symlink in a circle", beside=link("data.txt"), says=(LEFT_OUT,)),
    Case("FIFO", beside=fifo("data.txt"), says=(LEFT_OUT,)),
    Case(
        "FIFO in place of the notebook",
        file=None,
        beside=fifo("tiny.ipynb"),
        status=UNREADABLE,
        score=None,
        says=("not an ordinary file",),
    ),
    Case("FIFO in place of the timestamp", beside=fifo("timestamp.txt")),
    Case("device node", beside=device, says=(LEFT_OUT,)),
    Case("path traversal and absolute names in a zip", beside=traversal),
    Case("a zip bomb", beside=bomb),
    Case("a pickle checkpoint with code in it", first=CHECKPOINT, beside=pickled, shows=("ran",)),
    Case("any network call", first=NETWORK, shows=("Error",)),
    Case("HTML and JavaScript in outputs", first=HTML),
    Case("HTML and JavaScript in markdown", {"why": MARKDOWN}),
    Case("HTML and JavaScript in file names", beside=markup_in_names, says=(LEFT_OUT,)),
    Case(
        "HTML and JavaScript in error messages",
        {"bce_loss": NAMES % SCRIPT},
        score=3,
        says=("Alert",),
    ),
]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_files_and_network(graded, case):
    graded.check(case)


def test_nobody_was_called(graded):
    assert graded.about["callers"] == []


def test_no_archive_is_unpacked(graded):
    for line in ("path traversal and absolute names in a zip", "a zip bomb"):
        (case,) = [case for case in CASES if case.line == line]
        folder = graded.course.autograded(graded.student(case), "tiny").parent
        assert sorted(path.name for path in folder.iterdir()) == ["tiny.ipynb", "work.zip"]


def test_no_secret_is_shown_anywhere(graded):
    for path in graded.course.root.rglob("*"):
        handed_in = path.is_relative_to(graded.course.root / "submitted")
        if path.is_file() and not path.is_symlink() and not handed_in:
            assert SECRET.encode() not in path.read_bytes(), path


@pytest.mark.parametrize("case", [c for c in CASES if c.line.startswith("HTML")], ids=str)
def test_what_a_teacher_opens_runs_nothing(graded, case):
    notebook = graded.notebook(graded.student(case))
    page = nbconvert.HTMLExporter(template_name="classic").from_notebook_node(notebook)[0]
    assert Dangers(page).found == []
    # As a browser reads an address: without tabs and new lines.
    addresses = ["".join(found.split()) for found in re.findall('href="([^"]*)"', page)]
    assert not [address for address in addresses if address.startswith("javascript:")]
