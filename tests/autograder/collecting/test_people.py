"""Who is meant by a name, a number or an address."""

import pytest

from autograder.collecting.people import People, account, are_one, normal
from autograder.course.roster import Person, Roster
from helpers.errors import CourseError

KNOWN = {
    "ada": {"name": ["Lovelace, Ada King"], "email": ["ada@school.edu"], "canvas": ["101"]},
    "emmy": {"name": ["Emmy Noether"], "sid": ["007"], "group": ["Team 1"]},
    "zoe": {"name": ["Zoë de la Cruz"], "moodle": ["12"], "group": ["Team 1", "team-2"]},
    "lee1": {"name": ["Jo Lee"], "login": ["JLee"]},
    "lee2": {"name": ["Jo Lee"], "group": ["team 2!"]},
    "nn": {},
}


@pytest.fixture
def people():
    roster = Roster()
    roster.people = {name: Person(name, "", known) for name, known in KNOWN.items()}
    return People(roster)


NOBODY = "nobody on the roster has this name or number"


@pytest.mark.parametrize(
    ("identity", "found"),
    [
        ([(("id",), "ADA")], ("ada", None)),
        ([(("name",), "ada king lovelace")], ("ada", None)),
        ([(("name",), "King Lovelace Ada")], ("ada", None)),
        ([(("name",), "lovelaceadaking")], ("ada", None)),
        ([(("name",), "Ada Lovelace")], (None, NOBODY)),
        ([(("name",), "delacruzzoe")], ("zoe", None)),
        ([(("login",), "ada")], ("ada", None)),  # the part before the @
        ([(("login",), "jlee")], ("lee1", None)),
        ([(("canvas",), "0101.0")], ("ada", None)),
        ([(("sid",), "7")], ("emmy", None)),
        ([(("id",), "0101")], (None, NOBODY)),
        ([(("name",), "Jo Lee")], (None, "fits lee1 and lee2")),
        ([(("name",), "Jo Lee"), (("login",), "JLEE")], ("lee1", None)),
        (
            [(("canvas",), "101"), (("name",), "Emmy Noether")],
            (None, "fits ada by '101', but emmy by 'Emmy Noether'"),
        ),
        (  # what contradicts it is named, and not what agrees
            [(("canvas",), "101"), (("email",), "ada@school.edu"), (("name",), "Emmy Noether")],
            (None, "fits ada by '101', but emmy by 'Emmy Noether'"),
        ),
        (
            [(("canvas",), "999"), (("name",), "Lovelace, Ada King")],
            (None, "has the name of ada, whose number is not 999"),
        ),
        # No number of that kind is known: the name is all there is.
        ([(("canvas",), "999"), (("name",), "Emmy Noether")], ("emmy", None)),
        ([(("email",), "x@y"), (("name",), "Emmy Noether")], ("emmy", None)),
        ([], (None, NOBODY)),
        ([(("name",), "")], (None, NOBODY)),
    ],
)
def test_the_student_whom_an_identity_fits(people, identity, found):
    assert people.find(identity) == found
    assert len(people) == 6


BY_NAME, BY_LOGIN = ("id", "login", "email", "name"), ("id", "login")


@pytest.mark.parametrize("chosen", [
    {"name": ["emmy"]}, {"name": ["Emmy"], "login": ["e1"]}, {"email": ["emmy@evil.example"]},
    {"name": ["jlee"]}, {"email": ["jlee@evil.example"], "name": ["emmy"]}, {"login": ["emmy"]},
])  # fmt: skip
def test_what_anybody_may_choose_makes_no_id_or_login_unclear(people, chosen):
    """As the name that Gradescope or Canvas shows, or an address at some other school."""
    before = {who: people.find([(BY_NAME, who)]) for who in ("emmy", "EMMY", "jlee", "ada", "zoe")}
    roster = Roster()
    known = KNOWN | {"eve": chosen}
    roster.people = {name: Person(name, "", values) for name, values in known.items()}
    crowd = People(roster)
    assert {who: crowd.find([(BY_NAME, who)]) for who in before} == before
    assert crowd.find([(BY_LOGIN, "emmy")]) == ("emmy", None)
    assert crowd.find([(BY_LOGIN, "jlee")]) == ("lee1", None)
    assert crowd.find([(BY_NAME, "eve")]) == ("eve", None)


def test_of_two_names_and_addresses_neither_goes_first(people):
    roster = Roster()
    known = {"a": {"name": ["Bo Li"]}, "b": {"email": ["boli@x.edu"]}, "c": {"email": ["d@y.edu"]}}
    roster.people = {name: Person(name, "", values) for name, values in known.items()}
    crowd = People(roster)
    assert crowd.find([(BY_NAME, "BoLi")]) == (None, "fits a and b")
    assert crowd.find([(BY_NAME, "d")]) == ("c", None) and crowd.fits_anybody([(BY_NAME, "BoLi")])
    assert not crowd.fits_anybody([(BY_NAME, "nobody")])
    assert not crowd.is_by_name_alone("c", [(("login", "name"), "d")])


@pytest.mark.parametrize(
    ("kind", "value", "form"),
    [
        ("canvas", " 0012.00 ", "12"),
        ("sid", "S012", "s012"),
        ("moodle", "0", "0"),
        ("id", "0012", "0012"),
        ("email", " Ada@School.EDU", "ada@school.edu"),
        ("name", "Zoë O'Neil-Ng 2", "zoeoneilng2"),
        ("login", "Zoë", "zoë"),
        ("canvas", 12, "12"),
        ("id", "\uff21", "a"),
    ],
)
def test_the_form_in_which_values_are_compared(kind, value, form):
    assert normal(kind, value) == form


def test_what_names_the_account_and_whether_several_are_one():
    identity = [(("canvas",), "101"), (("name",), "Ada"), (("email", "id"), "a@b"), (("id",), "x")]
    assert account(identity) == ("101", "a@b")
    assert account([(("sid", "id"), "7"), (("moodle",), "9")]) == ("7", "9")
    assert account([(("name", "email"), "x")]) == ()
    assert are_one([]) and are_one([("1",)]) and are_one([(), ("1",), ()])
    assert are_one([("1",), ("1", "a@b"), ("a@b",)])
    assert not are_one([("1",), ("2",)])
    assert not are_one([("1", "a"), ("2",), ("1", "b")])


def test_whether_nothing_but_a_name_fits(people):
    by_name = [(("name", "id"), "Emmy Noether")]
    assert people.is_by_name_alone("emmy", by_name)
    assert people.is_by_name_alone("emmy", [*by_name, (("canvas",), "5")])
    assert not people.is_by_name_alone("emmy", [*by_name, (("sid",), "7")])
    assert not people.is_by_name_alone("emmy", [(("id", "name"), "emmy")])


def test_by_which_name_a_student_goes(people):
    assert people.goes_by("emmy", "noether emmy") and not people.goes_by("emmy", "Jo Lee")
    assert people.goes_by("nn", "anything")  # no name is known
    assert people.find_all("name", "Jo Lee") == {"lee1", "lee2"}
    assert people.find_all("name", "nobody") == set()


def test_the_members_of_a_group(people):
    assert people.members("TEAM1") == {"emmy", "zoe"} and people.members("team 3") == set()
    # Two groups that an LMS writes alike: only who is in one of them tells.
    assert people.members("team 2") == set() and people.members("team_2", "zoe") == {"zoe"}
    assert people.members("team_2", "lee2") == {"lee2"} and people.members("team_2", "ada") == set()
    assert people.members("!") == set()


@pytest.mark.parametrize(
    "text",
    [
        "group,id\nA,ada\nA,emmy\n,zoe\nB,nobody\nB,lee1\n",
        "name,canvas_user_id,user_id,login_id,group_name\nAda,101,,,A\n,,7,,A\n,,,JLee,B\n",
        "group,name\nA,Lovelace Ada King\nA,Emmy Noether\nB,Jo Lee\nB,zoe\n",
        "email,group\nada@school.edu,A\nemmy,A\n",
        # Whoever fills in the table may take one of these for the other.
        "id,group\nada,A\nemmy,A\nJLee,B\n",
        "login,group\nada,A\nemmy,A\nlee1,B\n",
    ],
)
def test_a_file_of_groups(people, tmp_path, text):
    path = tmp_path / "groups.csv"
    path.write_text(text)
    people.read_groups(path)
    assert people.groups["A"] == {"ada", "emmy"}
    assert people.groups.get("B") == ({"lee1"} if "lee1" in text or "JLee" in text else None)
    assert people.members("Team 1") == set()  # the file says more than the roster


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("id,name\nada,A\n", "groups.csv has no column 'group'; write one, beside a column 'id'"),
        ("group,id\nA,nobody\n", "groups.csv puts nobody on the roster into a group; check its"),
    ],
)
def test_a_file_of_groups_that_says_nothing(people, tmp_path, text, words):
    path = tmp_path / "groups.csv"
    path.write_text(text)
    with pytest.raises(CourseError, match=words):
        people.read_groups(path)


def test_so_many_are_named_and_no_more():
    roster = Roster()
    known = {f"b{n}": {"name": ["Bo Li"]} for n in (4, 2, 1, 3)} | {"ada": {"canvas": ["1"]}}
    roster.people = {name: Person(name, "", values) for name, values in known.items()}
    crowd = People(roster)
    assert crowd.find([(("name",), "Bo Li")]) == (None, "fits b1 and b2 and b3")
    assert crowd.find([(("canvas",), "1"), (("name",), "Bo Li")]) == (
        *(None, "fits ada by '1', but b1 or b2 or b3 by 'Bo Li'"),
    )


def test_a_number_decides_among_those_of_one_name(people):
    """Also one that is known of only one of them, or of somebody else."""
    roster = Roster()
    known = {"a": {"name": ["Bo Li"], "sid": ["7"]}, "b": {"name": ["Bo Li"]}, "c": {"sid": ["9"]}}
    roster.people = {name: Person(name, "", values) for name, values in known.items()}
    crowd, by_name = People(roster), (("name",), "Bo Li")
    assert crowd.find([(("sid",), "07"), by_name]) == ("a", None)
    assert crowd.find([(("sid",), "8"), by_name]) == ("b", None)  # it is not a's
    assert crowd.find([(("moodle",), "8"), by_name]) == (None, "fits a and b")
    assert crowd.find([(("email",), "8"), by_name]) == (None, "fits a and b")  # it may be another
    assert crowd.find([(("sid",), "9"), by_name])[0] is None


def test_three_that_fit_nobody_together_are_told_by_the_first_two():
    """Each two of them may be of one student."""
    roster = Roster()
    known = {
        "a": {"name": ["X"], "login": ["y"]}, "b": {"name": ["X"], "group": [], "email": ["z@u"]},
        "c": {"login": ["y"], "email": ["z@u"]},
    }  # fmt: skip
    roster.people = {name: Person(name, "", values) for name, values in known.items()}
    identity = [(("name",), "X"), (("login",), "y"), (("email",), "z@u")]
    told = "fits a or b by 'X', but a or c by 'y'"
    assert People(roster).find(identity) == (None, told)


def test_groups_of_a_file_take_the_surest_column(people, tmp_path):
    """A name is asked only where nothing else fits anybody."""
    path = tmp_path / "groups.csv"
    path.write_text(
        "group,id,name,email\nA,emmy,Jo Lee,\nA,x,Zoë de la Cruz,\nB,,,ada@school.edu\n"
        "B,lee2,Emmy Noether,\n,lee1,,\nC,lee1\nC,,Jo Lee,\n"
    )
    people.read_groups(path)
    assert people.groups == {"A": {"emmy", "zoe"}, "B": {"ada", "lee2"}, "C": {"lee1"}}


def test_a_name_without_letters_is_no_name():
    """Such as a dash in the roster where none is known."""
    roster = Roster()
    roster.people = {"a": Person("a", "", {"name": ["--"]}), "b": Person("b", "", {"name": ["B"]})}
    crowd = People(roster)
    assert crowd.find([(("name",), "!!")]) == (None, NOBODY)
    assert crowd.goes_by("a", "Anybody") and not crowd.goes_by("b", "Anybody")
    assert crowd.find([(("name",), "b")]) == ("b", None)
