"""JupyterLab for the tests: a server on a folder, and what a person does in its window."""

import contextlib
import json
import os
import re
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

ROOT = Path(__file__).parents[2]
# No window that asks about news on the first start.
QUIET_START = {"apputils-extension/notification": {"fetchNews": "false"}}


@contextlib.contextmanager
def serve(folder, scratch, program=("lab",), **environment):
    """A JupyterLab whose root is `folder`; yields its address, ends with the context.

    scratch: an empty folder for its settings, its log and nbgrader's exchange. program: another one
    of Jupyter's, with its options. environment: of the server and its kernels, on top of this
    process's own.
    """
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "jupyter", *program, "--no-browser", "--allow-root"]
    options = [f"--port={port}", "--IdentityProvider.token=", f"--ServerApp.root_dir={folder}"]
    options += ["--ServerApp.disable_check_xsrf=True"]  # only tests speak to it
    environment = {
        **os.environ,
        "OMP_NUM_THREADS": "1",
        "JUPYTER_CONFIG_DIR": str(scratch),
        "JUPYTERLAB_WORKSPACES_DIR": str(scratch / "workspaces"),
        "JUPYTERLAB_SETTINGS_DIR": str(scratch / "settings"),
        **environment,
    }
    _settle(scratch)
    log = scratch / "jupyterlab.log"
    with open(log, "w") as file:
        server = subprocess.Popen(
            command + options, cwd=folder, env=environment, stdout=file, stderr=subprocess.STDOUT
        )
        address = f"http://127.0.0.1:{port}"
        try:
            _wait(server, f"{address}/api", log)
            yield address
        finally:
            server.terminate()
            server.wait(600)


def _settle(scratch):
    for name, values in QUIET_START.items():
        path = scratch / "settings" / "@jupyterlab" / f"{name}.jupyterlab-settings"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(values))
    exchange = scratch / "exchange"
    exchange.mkdir()
    exchange.chmod(0o777)  # nbgrader wants everybody to be able to hand in
    # Seconds for a cell when a notebook is validated: torch is slow to import on a busy machine.
    settings = f"c.Exchange.root = {str(exchange)!r}\nc.Execute.timeout = 180\n"
    (scratch / "nbgrader_config.py").write_text(settings)


def _wait(server, address, log):
    for _ in range(960):  # minutes on a busy machine
        with contextlib.suppress(OSError):
            _ask(address)
            return
        assert server.poll() is None, log.read_text()
        time.sleep(0.25)
    raise AssertionError(f"JupyterLab did not start: {log.read_text()}")


class Lab:
    """A window with JupyterLab. page: Playwright's. folder: the root of its server."""

    def __init__(self, page, address, folder):
        self.page, self.address, self.folder = page, address, Path(folder)
        self.path = None
        # Nothing outside this machine is asked for anything.
        page.route(re.compile(rf"^https?://(?!{re.escape(address.split('//')[1])})"), _refuse)

    def open(self, path):
        """Open a notebook, named by its path below the root, and wait for its kernel."""
        self.path = path
        self.page.goto(f"{self.address}/lab/tree/{path}?reset")
        self.page.locator(".jp-NotebookPanel-toolbar").get_by_text("Python 3").first.wait_for()
        self.page.locator('.jp-Notebook-ExecutionIndicator[data-status="idle"]').wait_for()

    def cell(self, name):
        """A cell by its id, scrolled to.

        By its place in the file: an editor has only those of its lines in the page that are seen.
        """
        cells = json.loads((self.folder / self.path).read_text(encoding="utf-8"))["cells"]
        index = [cell["id"] for cell in cells].index(name)
        cell = self.page.locator(f'.jp-Notebook [data-windowed-list-index="{index}"]')
        cell.scroll_into_view_if_needed()
        return cell

    def rewrite(self, name, source):
        """Put another source into a cell, as if it were typed."""
        self.cell(name).locator(".cm-content").click()
        self.page.keyboard.press("Control+A")
        self.page.keyboard.press("Delete")
        self.page.keyboard.insert_text(source)

    def run_with_the_next(self, name):
        """Run a cell and the one below it."""
        self.cell(name).locator(".cm-content").click()
        self.page.keyboard.press("Shift+Enter")
        self.page.keyboard.press("Shift+Enter")

    def menu(self, name, item):
        self.page.get_by_role("menuitem", name=name, exact=True).click()
        self.page.get_by_role("menuitem", name=item, exact=True).click()

    def save(self):
        """Save the notebook and wait until the server has it."""
        with self.page.expect_response(_is_saved):
            self.page.keyboard.press("Control+S")

    def end_kernels(self):
        """Leave the page and end what it had running: the server stays for the next test."""
        self.page.goto("about:blank")
        for session in json.loads(_ask(f"{self.address}/api/sessions")):
            _ask(f"{self.address}/api/sessions/{session['id']}", method="DELETE")


def _ask(address, method="GET"):
    # Not through a proxy, and without a token: the servers of the tests need none.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(urllib.request.Request(address, method=method)) as answer:
        return answer.read()


def _refuse(route):
    route.abort()


def _is_saved(response):
    return response.request.method == "PUT" and "/api/contents/" in response.url
