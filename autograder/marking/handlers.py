"""The pages of the marking server and what their script asks for, as JSON."""

import base64
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import tornado.web
from jupyter_server.base.handlers import JupyterHandler
from sqlalchemy.exc import DBAPIError

from autograder.marking.desk import Desk
from autograder.marking.marks import Conflict
from autograder.marking.thumbnail import small
from autograder.reports.pages import environment
from helpers.errors import CourseError

TEMPLATES = Path(__file__).parent / "templates"
POLICY = (
    "default-src 'none'; img-src 'self' data:; style-src 'self' 'unsafe-inline'; "
    "script-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'"
)
BUSY = "The gradebook does not answer; your mark is kept here and sent again."


class Page(JupyterHandler):
    """A page of ours: for whoever has the token, and nothing from elsewhere in it."""

    @property
    def desk(self) -> Desk:
        """The marker's desk."""
        return cast(Desk, self.settings["desk"])

    @property
    def content_security_policy(self) -> str:
        """Scripts from here only; no student's text can load or send anything."""
        return POLICY

    def set_default_headers(self) -> None:
        """As Jupyter's; what is shown is about students, so that nothing is kept on disk."""
        super().set_default_headers()
        self.set_header("Cache-Control", "no-store")
        self.set_header("Referrer-Policy", "no-referrer")

    def show(self, template: str, **values: Any) -> None:
        """Send a page. values: as the template wants them."""
        assert self.xsrf_token  # sets its cookie, which the script sends back
        options = self.desk.options
        made = environment(TEMPLATES).get_template(template)
        self.finish(
            made.render(
                assignment=self.desk.assignment,
                options=options,
                desk=self.desk.id,
                questions=self.desk.questions,
                base=self.base_url.rstrip("/"),
                **values,
            )
        )

    def answer(self, make: Callable[[], Any]) -> None:
        """Send JSON, or one sentence on what is wrong with the request."""
        self.set_header("Content-Type", "application/json")
        try:
            self.finish(json.dumps(make()))
        except Conflict as conflict:
            self.set_status(409)
            self.finish(json.dumps({"now": conflict.now.as_row()}))
        except CourseError as error:
            self.set_status(400)
            self.finish(json.dumps({"message": str(error)}))
        except DBAPIError:
            self.desk.reconnect()
            self.set_status(503)
            self.finish(json.dumps({"message": BUSY}))

    def write_error(self, status_code: int, **values: Any) -> None:
        """One sentence, without Jupyter's page around it."""
        error = values.get("exc_info", (None, None))[1]
        said = str(error) if isinstance(error, CourseError) else f"Error {status_code}"
        self.set_header("Content-Type", "text/plain; charset=utf-8")
        if isinstance(error, CourseError):
            self.set_status(404)
        self.finish(said)


class Overview(Page):
    """All questions, and how far each is."""

    @tornado.web.authenticated
    def get(self) -> None:
        """The page."""
        self.desk.refresh()
        self.show("overview.html.j2", rows=self.desk.overview())


class QuestionPage(Page):
    """One question and all answers to it."""

    @tornado.web.authenticated
    def get(self, name: str) -> None:
        """The page."""
        self.desk.refresh()
        question, names = self.desk.question(name), list(self.desk.questions)
        place = names.index(name)
        self.show(
            "question.html.j2",
            question=question,
            text=self.desk.heading(question),
            number=place + 1,
            before=names[place - 1] if place else None,
            after=names[place + 1] if place + 1 < len(names) else None,
        )


class Similar(Page):
    """Whose answers are alike."""

    @tornado.web.authenticated
    def get(self) -> None:
        """The page."""
        found, pairs = self.desk.similar()
        self.show("similar.html.j2", found=found, pairs=pairs, shown=self.desk.shown_name)


class AgreementPage(Page):
    """How far two markers agree."""

    @tornado.web.authenticated
    def get(self) -> None:
        """The page."""
        self.show("agreement.html.j2", found=self.desk.agreements(), shown=self.desk.shown_name)


class Sheet(Page):
    """One picture cell of all students on one page."""

    @tornado.web.authenticated
    def get(self) -> None:
        """The page of the cell that is asked for, or of the first one with pictures."""
        desk, sheet = self.desk, self.desk.sheet()
        chosen = self.get_query_argument("cell", None)
        wanted = [chosen] if chosen in sheet else list(sheet)
        students = desk.students()
        there: list[int] = []
        cell = wanted[0] if wanted else ""
        for cell in wanted:
            there = [n for n, each in enumerate(students) if desk.picture(each, cell)]
            if there:
                break
        names = [desk.shown_name(each) for each in students]
        self.show("sheet.html.j2", cells=sheet, cell=cell, names=names, there=set(there))


class Picture(Page):
    """The first picture of a student's cell, small or as it is."""

    @tornado.web.authenticated
    def get(self, number: str, cell: str) -> None:
        """number: of the student on the sheet."""
        students = self.desk.students()
        address = None
        if int(number) < len(students):
            address = self.desk.picture(students[int(number)], cell)
        if address is None:
            raise tornado.web.HTTPError(404)
        kind, _, data = address.removeprefix("data:").partition(";base64,")
        raw = base64.b64decode(data)
        if self.get_query_argument("small", None):
            kind, raw = small(kind, raw)
        self.set_header("Content-Type", kind)
        self.finish(raw)


class Answers(Page):
    """The answers to a question, without their text."""

    @tornado.web.authenticated
    def get(self, name: str) -> None:
        """JSON."""
        self.answer(lambda: self.desk.answers(name))


class State(Page):
    """The marks of a question as they are now."""

    @tornado.web.authenticated
    def get(self, name: str) -> None:
        """JSON."""
        self.answer(lambda: self.desk.state(name))


class Answer(Page):
    """One answer: its text, its history, and its mark to be saved."""

    @tornado.web.authenticated
    def get(self, id: str) -> None:
        """JSON."""
        self.answer(lambda: self.desk.answer(id))

    @tornado.web.authenticated
    def put(self, id: str) -> None:
        """JSON; 409 with the mark as it is, where it is not what the marker saw."""

        def saved() -> Any:
            try:
                row = json.loads(self.request.body)
            except ValueError:
                raise CourseError("This is no mark; reload the page.") from None
            return self.desk.save(id, row)

        self.answer(saved)


def handlers() -> list[tuple[str, type[Page]]]:
    """(pattern of the address, handler) of every page."""
    return [
        (r"/mark/?", Overview),
        (r"/mark/question/([^/]+)", QuestionPage),
        (r"/mark/similar", Similar),
        (r"/mark/agreement", AgreementPage),
        (r"/mark/sheet", Sheet),
        (r"/mark/picture/(\d+)/([^/]+)", Picture),
        (r"/mark/api/answers/([^/]+)", Answers),
        (r"/mark/api/state/([^/]+)", State),
        (r"/mark/api/answer/([^/]+)", Answer),
    ]
