"""A class is marked in the browser, by keys alone."""

import json
import re
import shutil
import statistics

import pytest

from autograder.course.course import Course
from autograder.marking.desk import Desk, Options
from tests.browser.marker import Marker
from tests.marking_course import ESSAYS, SAME, essays, hand_in, marking

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("warm")]
BLANK = ("s000", "s010")
PHONE = {"width": 390, "height": 780}
# Every control has a name for a screen reader, and nothing is wider than the screen.
NAMELESS = """() => [...document.querySelectorAll("button, input, textarea, a, img")].filter(each =>
    each.offsetParent && !(each.innerText || each.ariaLabel || each.alt || each.labels?.length
    || each.querySelector('img[alt]')?.alt)).map(each => each.outerHTML)"""
TOO_WIDE = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"


@pytest.fixture(scope="module")
def twenty(tmp_path_factory):
    """Graded, and nothing of it marked: more answers than a window is high."""
    return essays(tmp_path_factory.mktemp("twenty") / "course", 20, 3)


@pytest.fixture(scope="module")
def handed_in(tmp_path_factory):
    """Graded once; every test has a copy."""
    return essays(tmp_path_factory.mktemp("twelve") / "course", 12, 2).root


@pytest.fixture
def twelve(handed_in, tmp_path):
    return Course.at(shutil.copytree(handed_in, tmp_path / "course"))


@pytest.fixture
def another(browser):
    """another(): a page of a second browser, that shares nothing with the first."""
    made = []

    def new():
        made.append(browser.new_context(viewport={"width": 1280, "height": 800}))
        page = made[-1].new_page()
        page.set_default_timeout(180_000)
        return page

    yield new
    for each in made:
        each.close()


def marks(course, question):
    """{student: Mark} as another marker would see them."""
    with course.gradebook() as book:
        desk = Desk(course, book, ESSAYS, Options("nobody"))
        return {mark.student: mark for mark in desk.mine(desk.question(question))}


def test_twenty_by_three_with_two_keys_each(page, twenty):
    with marking(twenty, "--as", "ada") as address:
        marker = Marker(page, address)
        keys = []
        for number, question in enumerate(("q_1", "q_2", "q_3")):
            marker.open(question)
            keys += marker.mark_all(number)
        page.goto(address)
        assert page.get_by_role("heading", name="0 answers to mark").is_visible()
    assert len(keys) == 3 * (20 - len(BLANK))
    assert statistics.median(keys) <= 2 and statistics.mean(keys) <= 2
    for question in ("q_1", "q_2", "q_3"):
        found = marks(twenty, question)
        assert len(found) == 20
        assert all(mark.marker == "ada" and not mark.waits for mark in found.values())
        assert [found[student].points for student in BLANK] == [0, 0]


def test_the_panel_says_what_was_given_and_the_comment_is_the_sentence(page, twelve, keep):
    with marking(twelve, "--as", "ada") as address:
        marker = Marker(page, address)
        marker.open("q_1")
        marker.press("b")  # blank ones, then the first of the group
        label, text = marker.here()
        assert "nearly identical to 2 others" in label and "By the chain rule" in text
        assert page.locator("article[aria-current] math").first.is_visible()
        assert page.locator("article[aria-current] .beside img").is_visible()
        marker.press("1", "3")
        pressed = page.locator("#lines [aria-pressed=true]")
        assert pressed.count() == 2
        assert page.locator("#points").input_value() == "2"
        marker.comment("Say why.")
        marker.wait_saved()
        keep("marking-question")
        given = {m.student: m for m in marks(twelve, "q_1").values() if m.points == 2}
        (only,) = given.values()
        assert only.comment.splitlines() == [
            "+1: the quotient $\\frac{\\log(x + h) - \\log x}{h}$",
            "+1: what it needs",
            "Say why.",
        ]
        # Taken back one by one, and the comment offered again for the next.
        marker.press("u", "u", "u")
        marker.wait_saved()
        assert marks(twelve, "q_1")[only.student].points is None
        assert not marks(twelve, "q_1")[only.student].own


def test_a_group_is_marked_together_and_undone_together(page, twelve, keep):
    with marking(twelve) as address:
        marker = Marker(page, address)
        marker.open("q_1")
        marker.press("b", "g", "2")
        marker.wait_saved()
        keep("marking-group")
        alike = ("s001", "s002", "s011")
        assert {s for s, m in marks(twelve, "q_1").items() if m.points == 1} == set(alike)
        marker.press("u")
        marker.wait_saved()
        assert all(marks(twelve, "q_1")[student].points is None for student in alike)


def test_a_reload_in_the_middle_loses_nothing(page, twelve):
    with marking(twelve, "--as", "ada") as address:
        marker = Marker(page, address)
        marker.open("q_1")
        marker.press("b", "j", "j", "j", "1", "c")
        page.keyboard.type("Half a sentence")
        before = marker.here()[0]
        page.reload()  # the comment was not left and its pause not over
        page.locator("main[data-ready]").wait_for()
        assert marker.here()[0].split(",")[0] == before.split(",")[0]
        assert page.locator("#comment").input_value() == "Half a sentence"
        marker.wait_saved()
        (mark,) = [each for each in marks(twelve, "q_1").values() if each.points == 1]
        assert mark.own == "Half a sentence"


def test_a_reload_while_a_mark_is_on_its_way_is_no_conflict(page, twelve):
    """The server has the mark, and this browser never heard so."""
    with marking(twelve, "--as", "ada") as address:
        marker = Marker(page, address)
        marker.open("q_1")
        marker.press("b")
        marker.wait_saved()

        def unheard(route):
            if route.request.method == "PUT":
                route.fetch()
                route.abort()
            else:
                route.continue_()

        page.route("**/api/answer/*", unheard)
        marker.press("j", "j", "j", "1", "c")
        page.get_by_text("the server does not answer").wait_for()
        page.keyboard.type("Half a sentence")
        page.reload()
        page.unroute("**/api/answer/*")
        page.locator("main[data-ready]").wait_for()
        marker.wait_saved()
    (mark,) = [each for each in marks(twelve, "q_1").values() if each.points == 1]
    assert mark.own == "Half a sentence"


@pytest.mark.parametrize("reload", [False, True])
def test_an_equal_mark_by_somebody_else_is_not_taken_for_ours(page, twelve, reload):
    """It never arrived; somebody else gave the same, and after that this marker changed his."""
    with marking(twelve, "--as", "ada") as address:
        marker = Marker(page, address)
        marker.open("q_2")
        id = page.locator("article[aria-current]").get_attribute("id")
        page.route("**/api/state/*", lambda route: route.abort())
        page.route("**/api/answer/*", unless_saved)
        marker.press("1")
        page.get_by_text("the server does not answer").wait_for()
        by_somebody_else(twelve, id)
        marker.press("2")
        page.unroute("**/api/answer/*")
        if reload:
            page.reload()
        told = page.get_by_role("alert")
        told.wait_for()
        assert "bo gave 1 points" in told.inner_text()
        assert [m.points for m in marks(twelve, "q_2").values() if m.points] == [1]
        marker.press("m")
        marker.wait_saved()
    assert [m.points for m in marks(twelve, "q_2").values() if m.points] == [2]


def unless_saved(route):
    if route.request.method == "PUT":
        route.abort()
    else:
        route.continue_()


def by_somebody_else(course, id):
    """bo gives the first line of the scheme, as if in a browser of his own."""
    with course.gradebook() as book:
        desk = Desk(course, book, ESSAYS, Options("bo"))
        question = desk.question("q_2")
        row = desk.marks.one(question, id).as_row()
        desk.save(id, {**row, "points": 1, "given": [question.scheme.lines[0].id], "write": "bo-1"})


def test_the_same_given_twice_at_once_is_no_conflict(page, twelve):
    with marking(twelve, "--as", "ada") as address:
        marker = Marker(page, address)
        marker.open("q_2")
        id = page.locator("article[aria-current]").get_attribute("id")
        page.route("**/api/state/*", lambda route: route.abort())
        by_somebody_else(twelve, id)
        marker.press("1")
        marker.wait_saved()
        assert "✓ 1 of 4" in marker.here()[0] and page.get_by_role("alert").is_hidden()
        assert page.locator("#who").inner_text().startswith("bo")


def test_without_a_server_a_mark_is_kept_and_sent_when_it_is_back(page, twelve):
    with marking(twelve) as address:
        marker = Marker(page, address)
        marker.open("q_1")
        marker.press("b")
        marker.wait_saved()
        page.route("**/api/answer/*", lambda route: route.abort())
        marker.press("3")
        page.get_by_text("the server does not answer").wait_for()
        page.unroute("**/api/answer/*")
        marker.wait_saved()
    assert [m.points for m in marks(twelve, "q_1").values()].count(1) == 1


def test_a_server_that_never_answers_is_named_and_the_mark_is_sent_again(another, twelve):
    """As when the network is gone: no connection is refused or closed."""
    page = another()  # whose clock stays another one
    with marking(twelve) as address:
        marker = Marker(page, address)
        page.clock.install()
        marker.open("q_2")
        page.route("**/api/answer/*", lambda route: None)
        with page.expect_request(lambda request: request.method == "PUT"):
            marker.press("1")
        assert page.get_by_text("the server does not answer").is_hidden()
        page.clock.fast_forward(30_000)
        page.get_by_text("the server does not answer").wait_for()
        page.unroute("**/api/answer/*")
        page.clock.fast_forward(3_000)
        marker.wait_saved()
    assert [m.points for m in marks(twelve, "q_2").values() if m.points] == [1]


def test_the_answers_are_waited_for_and_the_page_says_so(another, twelve):
    page, held = another(), []
    with marking(twelve) as address:
        marker = Marker(page, address)
        page.clock.install()
        page.route("**/api/answers/*", lambda route: held.append(route))
        page.goto(f"{marker.base}/mark/question/q_2")
        page.get_by_text("Reading the answers").wait_for()
        page.clock.fast_forward(30_000)
        page.get_by_text("The server has not answered yet").wait_for()
        held[0].abort()
        page.get_by_text("The server does not answer").wait_for()
        page.unroute("**/api/answers/*")
        page.clock.fast_forward(3_000)
        page.locator("main[data-ready]").wait_for()
        assert marker.here()[0]


def test_two_markers_at_once_and_nothing_is_overwritten(page, another, twelve):
    with marking(twelve, "--as", "ada") as one, marking(twelve, "--as", "bo") as two:
        ada, bo = Marker(page, one), Marker(another(), two)
        # bo's page does not look again by itself, as if both pressed at the same moment.
        bo.page.route("**/api/state/*", lambda route: route.abort())
        for question, key, kept in (("q_1", "t", 4), ("q_2", "m", 1)):
            for marker in (ada, bo):
                marker.open(question)
            first = ada.here()[0].split(",")[0]
            ada.press("f")
            ada.wait_saved()
            bo.press("1")
            told = bo.page.get_by_role("alert")
            told.wait_for()
            assert "ada gave 4 points" in told.inner_text()
            assert bo.here()[0].startswith(first) and "changed by somebody else" in bo.here()[0]
            assert [m.points for m in marks(twelve, question).values() if m.points] == [4]
            bo.press(key)
            bo.wait_saved()
            assert told.is_hidden()
            assert [m.points for m in marks(twelve, question).values() if m.points] == [kept]
            # What bo gave is seen by ada within seconds, without a reload.
            card = page.locator(f"article[aria-label^='{first},']")
            card.get_by_text(f"✓ {kept} of 4").wait_for()


def test_an_answer_handed_in_again_is_shown_anew(page, twelve):
    with marking(twelve) as address:
        marker = Marker(page, address)
        marker.open("q_1")
        page.get_by_text(SAME[:12]).first.wait_for()
        for student in ("s001", "s002", "s011"):
            hand_in(twelve, student, {"q_1": "Entirely new words.", "q_2": "x"})
        page.get_by_text("Entirely new words.").first.wait_for()


def test_the_second_marking_and_its_agreement(page, another, twelve, keep):
    with marking(twelve, "--as", "ada") as one:
        ada = Marker(page, one)
        ada.open("q_1")
        ada.mark_all(1)
        with marking(twelve, "--as", "bo", "--second", "1") as two:
            bo = Marker(another(), two)
            bo.open("q_1")
            assert bo.left() == 12 and "✓" not in bo.page.locator("#answers").inner_text()
            bo.mark_all(3)
        page.get_by_role("link", name="Agreement").click()
        assert page.get_by_role("cell", name="12", exact=True).first.is_visible()
        keep("marking-agreement")
        assert re.search(r"κ", page.content())


def test_pictures_of_all_students_on_one_page(page, twelve, keep):
    with marking(twelve) as address:
        Marker(page, address)
        page.get_by_role("link", name="Pictures").click()
        pictures = page.locator(".sheet img")
        assert pictures.count() == 12
        page.wait_for_function(
            "() => [...document.querySelectorAll('.sheet img')].every(each => each.naturalWidth)"
        )
        assert "s00" not in page.content()
        keep("marking-pictures")


def test_answers_that_are_alike_are_listed(page, twelve):
    with marking(twelve, "--names") as address:
        Marker(page, address)
        page.get_by_role("link", name="Alike").click()
        row = page.get_by_role("row").filter(has_text="nearly identical").first
        assert "s001" in row.inner_text() and "s011" in row.inner_text()


def test_on_a_phone_nothing_is_too_wide_and_fingers_are_enough(page, twelve, keep):
    page.set_viewport_size(PHONE)
    with marking(twelve) as address:
        marker = Marker(page, address)
        assert page.evaluate(TOO_WIDE) <= 0
        marker.open("q_2")
        assert page.evaluate(TOO_WIDE) <= 0
        page.get_by_role("button", name="0 for 2 blank").click()
        page.get_by_role("button", name="the limit").click()
        marker.wait_saved()
        keep("marking-phone")
        assert "✓ 1 of 4" in marker.here()[0]
        page.get_by_role("button", name="Next to mark").click()
        page.get_by_role("button", name="Full, next").click()
        marker.wait_saved()
        box = page.locator("article[aria-current]").bounding_box()
        assert 0 <= box["y"] < PHONE["height"] / 2


def test_every_control_has_a_name_and_is_reached_by_tab(page, twelve):
    with marking(twelve) as address:
        marker = Marker(page, address)
        for link in ("Pictures", "Alike", "Agreement"):
            page.get_by_role("link", name=link).click()
            assert page.evaluate(NAMELESS) == []
        marker.open("q_1")
        assert page.evaluate(NAMELESS) == []
        reached = set()
        for _ in range(40):
            page.keyboard.press("Tab")
            reached.add(page.evaluate("() => document.activeElement.dataset?.does || "
                                      "document.activeElement.dataset?.line || "
                                      "document.activeElement.id"))  # fmt: skip
        wanted = page.evaluate(
            "() => [...document.querySelectorAll('#panel button, #panel input, #panel textarea')]"
            ".filter(e => e.offsetParent).map(e => e.dataset.does || e.dataset.line || e.id)"
        )
        assert set(filter(None, wanted)) <= reached
        # A screen reader's own keys may be single letters: ours can be switched off.
        marker.press("?")
        page.get_by_label("Single keys work").uncheck()
        page.keyboard.press("Escape")
        marker.press("f")
        assert marker.left() == 12


def test_without_the_token_there_is_nothing(another, page, twelve):
    with marking(twelve) as address:
        marker = Marker(page, address)
        marker.open("q_1")
        id = page.locator("article").first.get_attribute("id")
        stranger = another().request
        for path in ("mark", "mark/question/q_1", "mark/sheet", f"mark/api/answer/{id}"):
            reply = stranger.get(f"{marker.base}/{path}")
            assert "Answer" not in reply.text() and "slope" not in reply.text()
            assert reply.status in (403, 401) or "login" in reply.url
        # Nor may another site's page write with the cookie of this one.
        reply = page.request.put(f"{marker.base}/mark/api/answer/{id}", data=json.dumps({}))
        assert reply.status == 403
        for path in ("api/contents", "api/kernels", "files/gradebook.db", "mark/static/../x"):
            assert page.request.get(f"{marker.base}/{path}").status in (403, 404)
