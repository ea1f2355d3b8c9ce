"""JupyterLab in a headless Chromium. With SCREENSHOTS=FOLDER the pages are kept there."""

import io
import os
import shutil
from pathlib import Path

import pytest
from PIL import Image

from tests import marking_course, warm_commands
from tests.browser.course import make_course
from tests.browser.lab import ROOT, Lab, serve

# The shell has no window that it would have to draw.
PROGRAMS = "chromium-headless-shell", "chromium"
CHROMIUM = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, PROGRAMS)), None)
QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
# Beyond what the commands of a course import: the marking pages, and what groups the answers there.
IMPORTED = (
    *warm_commands.IMPORTED,
    "autograder.marking.command",
    "autograder.marking.server",
    "sklearn.feature_extraction.text",
    "sqlalchemy.dialects.sqlite",
)
SIZE = {"width": 1280, "height": 800}
COLOURS = 128  # of a kept page: a third of the bytes, and nothing that an eye would miss


def pytest_collection_modifyitems(items):
    if CHROMIUM is None:
        skip = pytest.mark.skip(reason="no chromium on this machine")
        for item in items:  # all of the run, not of this folder alone
            if item.get_closest_marker("browser"):
                item.add_marker(skip)


@pytest.fixture(scope="session")
def warm(tmp_path_factory):
    """Each command is a fork: to import what it needs takes longer than many of these tests."""
    command = tmp_path_factory.mktemp("bin") / "autograder"
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    with (
        pytest.MonkeyPatch.context() as patch,
        warm_commands.command(command, environment, IMPORTED),
    ):
        patch.setattr(marking_course, "AUTOGRADER", [str(command)])
        yield


@pytest.fixture(scope="module")
def browser():
    """Ends before other tests of the process: beside its loop, asyncio.run() is refused."""
    from playwright.sync_api import sync_playwright  # slow, and most runs need none

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def window(browser):
    """A window costs the processor more than what most tests do in it."""
    page = browser.new_page(viewport=SIZE)
    page.set_default_timeout(180_000)
    yield page
    page.close()


@pytest.fixture
def page(window):
    """The one window. What a test stores is of its server's port, and no other test sees it."""
    yield window
    window.unroute_all()
    window.goto("about:blank")
    window.set_viewport_size(SIZE)
    window.context.clear_cookies()


@pytest.fixture
def keep(page):
    """keep(name): what is seen now becomes SCREENSHOTS/name.png, where that is set."""

    def screenshot(name):
        if folder := os.environ.get("SCREENSHOTS"):
            Path(folder).mkdir(parents=True, exist_ok=True)
            page.mouse.move(0, 0)  # no button looks pressed
            picture = Image.open(io.BytesIO(page.screenshot()))
            few = picture.convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE)
            few.save(Path(folder) / f"{name}.png", optimize=True)

    return screenshot


@pytest.fixture(scope="session")
def home(tmp_path_factory):
    """(address, folder) of the students' JupyterLab."""
    folder = tmp_path_factory.mktemp("student")
    with serve(folder, tmp_path_factory.mktemp("jupyter"), COURSE_BUDGET="quick") as address:
        yield address, folder


@pytest.fixture
def student(home, page):
    """A student's Lab, in a folder with the released notebooks as they were given out."""
    address, folder = home
    shutil.copytree(ROOT / "notebooks", folder, dirs_exist_ok=True)
    lab = Lab(page, address, folder)
    yield lab
    lab.end_kernels()


@pytest.fixture(scope="session")
def course(warm, tmp_path_factory):
    """A course with one assignment: released, and handed in by a class of three."""
    return make_course(tmp_path_factory.mktemp("course"), tmp_path_factory.mktemp("inbox"))


@pytest.fixture(scope="session")
def desk(course, tmp_path_factory):
    """The address of the instructor's JupyterLab, whose folder is the course directory."""
    with serve(course.root, tmp_path_factory.mktemp("jupyter")) as address:
        yield address


@pytest.fixture
def instructor(desk, page, course):
    """The instructor's Lab."""
    lab = Lab(page, desk, course.root)
    yield lab
    lab.end_kernels()
