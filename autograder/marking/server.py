"""Serve the marking pages on this machine: our pages, Jupyter's server with its token."""

import secrets
import sys
import webbrowser
from collections.abc import Callable
from pathlib import Path
from typing import Any

from jupyter_server.serverapp import ServerApp
from tornado.web import StaticFileHandler
from traitlets.config import Config

from autograder.marking.desk import Desk
from autograder.marking.handlers import handlers

STATIC = Path(__file__).parent / "static"


class MarkingServer(ServerApp):
    """Jupyter's server without kernels, files and extensions; nothing of the user's settings."""

    name = "autograder-mark"
    # No kernels, no files, no terminals: only logging in by the token.
    default_services = ()  # type: ignore[assignment]
    desk: Desk

    def load_config_file(self, suppress_errors: bool = True) -> None:  # type: ignore[override]
        """A user's settings, for a password or for all addresses, are for another server."""

    def init_webapp(self) -> None:
        """As Jupyter's, and our pages."""
        super().init_webapp()
        self.web_app.settings["desk"] = self.desk
        base = self.base_url.rstrip("/")
        pages: list[Any] = [(f"{base}{pattern}", each) for pattern, each in handlers()]
        pages.append((f"{base}/mark/static/(.*)", PublicFiles, {"path": str(STATIC)}))
        self.web_app.add_handlers(".*$", pages)

    def link(self) -> str:
        """The address to open, with its token."""
        return f"http://127.0.0.1:{self.port}/mark?token={self.identity_provider.token}"


class PublicFiles(StaticFileHandler):
    """Style sheet and script, which are no secret."""

    _allow_unauthenticated = True

    def set_extra_headers(self, path: str) -> None:
        """After an update of the kit, the new files are to be used."""
        self.set_header("Cache-Control", "no-cache")
        self.set_header("X-Content-Type-Options", "nosniff")


def serve(desk: Desk, port: int, browser: bool, tell: Callable[[str], None] = print) -> None:
    """Serve until interrupted. port: 0 for any. tell: gets a sentence with the address."""
    config = Config()
    config.ServerApp.ip = "127.0.0.1"
    config.ServerApp.port = port
    config.ServerApp.port_retries = 50
    config.ServerApp.open_browser = False
    config.ServerApp.allow_root = True
    config.ServerApp.root_dir = str(desk.course.root)
    config.ServerApp.log_level = "ERROR"
    config.ServerApp.default_url = "/mark"
    config.ServerApp.answer_yes = True
    config.ServerApp.no_browser_open_file = True
    config.IdentityProvider.token = secrets.token_hex(24)
    MarkingServer.desk = desk
    app = MarkingServer(config=config)
    app.initialize(argv=[], find_extensions=False)

    def announce() -> None:
        tell(f"{desk.assignment}: mark at {app.link()} (Ctrl+C ends this; every mark is saved)")
        sys.stdout.flush()
        if browser:
            webbrowser.open(app.link())

    app.io_loop.add_callback(announce)  # once it listens
    app.start()
