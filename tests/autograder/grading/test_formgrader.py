"""formgrader's own button, in the server that instructors have open."""

import json
import os
import secrets
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request

import pytest

from autograder.grading.grade import grade
from autograder.grading.recording.store import Store
from autograder.grading.result import result_of
from tests.tiny_course import POINTS, TINY, submit, tiny_course

pytestmark = [pytest.mark.slow, pytest.mark.sandbox]


@pytest.fixture
def course(tmp_path):
    return tiny_course(tmp_path / "course")


@pytest.fixture
def ask(course):
    """ask(method, path) -> JSON, of a Jupyter server on the course directory."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    token = secrets.token_hex(8)
    options = {"token": token, "port": port, "open_browser": False, "allow_root": True}
    server = subprocess.Popen(
        [sys.executable, "-m", "jupyter_server"]
        + [f"--ServerApp.{name}={value}" for name, value in options.items()],
        cwd=course.root,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )

    def send(method, path):
        request = urllib.request.Request(
            f"http://127.0.0.1:{port}{path}",
            method=method,
            headers={"Authorization": f"token {token}"},
            data=b"" if method == "POST" else None,
        )
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request) as answer:
            return json.load(answer)

    deadline = time.monotonic() + 600
    while True:
        try:
            send("GET", "/api/status")
            break
        except (urllib.error.URLError, ConnectionError):
            assert server.poll() is None and time.monotonic() < deadline
            time.sleep(0.2)
    yield send
    server.terminate()
    server.wait(600)


@pytest.mark.deep
def test_the_button_gives_the_same_and_the_page_shows_it(course, ask):
    submit(course, "a")
    submit(course, "b", double="def double(x):\n    return x")
    for student in "ab":
        assert ask("POST", f"/formgrader/api/submission/{TINY}/{student}/autograde")["success"]
    full = sum(POINTS.values())
    shown = {row["student"]: row for row in ask("GET", f"/formgrader/api/submissions/{TINY}")}
    assert {s: row["code_score"] for s, row in shown.items()} == {
        "a": full,
        "b": full - POINTS["double"],
    }
    assert all(row["autograded"] for row in shown.values())
    by_button = {s: result_of(Store.of(course, TINY), s) for s in "ab"}
    assert by_button["b"].isolation["isolation"] in ("nested", "single")
    assert {r.student: r for r in grade(course, TINY)} == by_button
