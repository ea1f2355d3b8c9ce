"""What is refused of pictures, by its name; functions stand for networks."""

from dataclasses import FrozenInstanceError
from types import SimpleNamespace

import pytest
import torch

from autograder.judging.trained import pictures
from autograder.judging.trained.pictures import Pictures
from autograder.judging.trained.rejection import NoData, Refused
from helpers.quality import trained as measures

PICTURES = Pictures(size=4)
FULL = torch.linspace(-1, 1, 784).repeat(3, 1)


def refused(work):
    with pytest.raises(Refused) as caught:
        work()
    assert caught.value.sentence.endswith(".")
    return caught.value.name


def network(ask):
    return SimpleNamespace(ask=lambda *given, method: ask(*given))


@pytest.mark.parametrize(
    "drawn, name",
    [
        (None, "another result"),
        ((FULL, FULL), "another result"),
        (FULL[:, 1:], "another result"),
        (FULL * 1.02, "pixels out of range"),
        (FULL * 0.5 - 0.6, "pixels out of range"),
    ],
)
def test_what_is_no_picture(drawn, name):
    assert refused(lambda: PICTURES.draw(network(lambda z: drawn), [torch.zeros(3, 4)])) == name


def test_what_is_a_picture_but_for_rounding():
    drawn = FULL * 1.009
    assert PICTURES.draw(network(lambda z: drawn), [torch.zeros(3, 4)]) is drawn
    from_zero = Pictures(size=4, low=0.0)
    name = refused(lambda: from_zero.draw(network(lambda z: FULL), [torch.zeros(3, 4)]))
    assert name == "pixels out of range"


def test_the_same_noise_has_the_same_picture_whatever_is_beside_it():
    source, calls = torch.Generator().manual_seed(0), []

    def own(z):
        return z[:, :1].tanh().expand(-1, 784)

    def with_neighbours(z):
        return own(z - z.mean(0))

    def counting(z):
        calls.append(len(z))
        return own(z + len(calls))

    given = PICTURES.inputs(64, source)
    PICTURES.require_same_again(network(own), given, own(*given), source)
    for ask, name in (
        (with_neighbours, "a picture depends on its neighbours"),
        (counting, "a picture depends on when it is asked for"),
    ):
        drawn = ask(*given)
        work = lambda ask=ask, drawn=drawn: PICTURES.require_same_again(  # noqa: E731
            network(ask), given, drawn, source
        )
        assert refused(work) == name


@pytest.mark.parametrize(
    "frechet, random, as_many, balance, name",
    [
        (50.0, 90.0, 60.0, 0.9, "pictures without the weights"),
        # They are clearly worse, or it is known where its own come from.
        (50.0, 91.0, 60.0, 0.9, None),
        (50.0, 50.0, None, 0.9, None),
        (170.0, 200.0, 170.0, 0.9, "untrained"),
        (170.0, 200.0, None, 0.9, "untrained"),
        (50.0, 200.0, 60.0, 0.1, "one class only"),
        (150.0, 200.0, 150.0, 0.9, None),
        (50.0, 101.0, 90.0, 0.2, None),
    ],
)
def test_which_failure_has_a_name(frechet, random, as_many, balance, name):
    found = {measures.FRECHET: frechet, measures.BALANCE: balance}

    def work():
        PICTURES._name_what_failed(found, random, as_many, {measures.FRECHET: 100.0})

    if name is None:
        work()
    else:
        assert refused(work) == name


@pytest.mark.parametrize("uniform", [True, False])
def test_noise_is_normal_or_uniform_and_each_class_comes_equally_often(uniform):
    source, same = (torch.Generator().manual_seed(3) for _ in range(2))
    (z,) = Pictures(size=4, uniform=uniform).inputs(500, source)
    assert z.shape == (500, 4)
    if uniform:
        assert -1 <= z.min() < -0.9 and 0.9 < z.max() <= 1
    else:
        assert z.min() < -2 and z.max() > 2
    again, labels = Pictures(size=4, uniform=uniform, classes=5).inputs(500, same)
    assert torch.equal(again, z) and labels.bincount().tolist() == [100] * 5
    assert labels.tolist() != [n % 5 for n in range(500)]  # in no order


class Weighted:
    """A network that draws noise times its one weight, moved by `of_weight` of that."""

    def __init__(self, of_weight):
        self.of_weight, self.weight = of_weight, None
        self.name, self.module = "build", None

    def load(self, tensors):
        self.weight = tensors["w"]
        return dict(tensors)

    def ask(self, z, *labels, method):
        moved = self.of_weight * self.weight
        return (z[:, :1] + moved).tanh().expand(-1, 784)


WEIGHTS = {"w": torch.tensor(0.5)}


def with_weights(monkeypatch, nearly, other):
    """Other weights that are known: 0.5 becomes this when it hardly changes, and when it does."""
    monkeypatch.setattr(pictures, "nearly_the_same", lambda tensors, source: {"w": nearly})
    monkeypatch.setattr(pictures, "same_shape_draws", lambda tensors, source: {"w": other})


def these_weights(of_weight, good):
    network, source = Weighted(of_weight), torch.Generator().manual_seed(0)
    network.load(WEIGHTS)
    given = PICTURES.inputs(600, source)
    drawn = PICTURES.draw(network, given)
    return PICTURES.require_these_weights(network, WEIGHTS, given, drawn, source, good)


@pytest.mark.parametrize(
    "of_weight, nearly, other, good, name",
    [
        (1.0, 0.501, 0.9, True, None),
        (0.0, 0.501, 0.9, True, "pictures without the weights"),
        (0.0, 0.501, 0.9, False, "untrained"),
        # Only when they hardly change, or only when they change.
        (1.0, 0.5, 0.9, True, "pictures without the weights"),
        (1.0, 0.501, 0.5005, True, "pictures without the weights"),
        (1.0, 2.0, 0.9, True, "pictures that jump with the weights"),
        (1.0, 2.0, 0.9, False, None),
    ],
)
def test_pictures_of_other_weights_are_others(monkeypatch, of_weight, nearly, other, good, name):
    with_weights(monkeypatch, torch.tensor(nearly), torch.tensor(other))
    if name:
        assert refused(lambda: these_weights(of_weight, good)) == name
        return
    others = these_weights(of_weight, good)
    (z,) = PICTURES.inputs(600, torch.Generator().manual_seed(0))
    torch.testing.assert_close(others, ((z[:500, :1] + 0.9).tanh().expand(-1, 784) + 1) / 2)


@pytest.fixture
def measured(monkeypatch):
    """Gives measured(of_weight, frechet, ...): what measure() gives, and what was measured."""
    asked = []

    def measured(of_weight=1.0, frechet=50.0, bar=100.0, known=None, spread=True, more=(), **kind):
        with_weights(monkeypatch, torch.tensor(0.501), torch.tensor(0.9))
        monkeypatch.setattr(measures, "PICTURES", 600)

        def of_pictures(images, data, ordered=None):
            asked.append((len(images), data, ordered))
            value = frechet if len(images) == 600 else {500: 400.0}[len(images)]
            return {measures.FRECHET: value, measures.BALANCE: 0.9}

        monkeypatch.setattr(measures, "of_pictures", of_pictures)
        made = Pictures(size=4, data="x", **kind)
        monkeypatch.setattr(Pictures, "_computed_here", lambda *_: known)
        monkeypatch.setattr(pictures, "LEAST_SPREAD", 2.0 if spread else 1e9)
        source = torch.Generator().manual_seed(0)
        bars = {measures.FRECHET: bar, **dict(more)}
        found = made.measure(Weighted(of_weight), WEIGHTS, source, bars)
        return found, asked

    monkeypatch.setattr(pictures.copies, "require_new", lambda images, data, source: None)
    return measured


def test_good_pictures_are_measured_and_so_are_those_of_random_weights(measured, monkeypatch):
    monkeypatch.setattr(Pictures, "_name_what_failed", lambda *_: None)
    found, asked = measured(classes=3)
    assert found == {measures.FRECHET: 50.0, measures.BALANCE: 0.9}
    assert [(size, data) for size, data, _ in asked] == [(600, "x"), (500, "x")]
    assert asked[0][2].bincount().tolist() == [200] * 3 and asked[1][2] is None
    # Random weights that reach the bar are compared with as many pictures.
    measured(bar=400.0)
    assert [size for size, *_ in asked[2:]] == [600, 500, 500]


def test_pictures_known_to_come_from_their_weights_are_compared_with_nothing(measured):
    """Of those that are computed here, there is no second measure; poor ones may be untrained."""
    (z,) = PICTURES.inputs(600, torch.Generator().manual_seed(0))
    known = (z[:, :1] + 0.5).tanh().expand(-1, 784)
    found, asked = measured(known=known)
    assert found[measures.FRECHET] == 50 and [size for size, *_ in asked] == [600]
    found, asked = measured(known=known, frechet=100.1)
    assert found[measures.FRECHET] == 100.1 and [size for size, *_ in asked[1:]] == [600, 500]


def test_one_picture_for_all_noise_has_its_own_name(measured):
    assert refused(lambda: measured(spread=False)) == "one picture for all noise"


@pytest.mark.parametrize("frechet, told", [(50.0, True), (150.0, False)])
def test_whether_good_pictures_are_copies_needs_the_real_ones(measured, monkeypatch, frechet, told):
    """Nothing is missing for pictures that do not reach their bar."""
    monkeypatch.setattr(Pictures, "_name_what_failed", lambda *_: None)

    def missing(images, data, source):
        raise NoData("set COURSE_DATA")

    monkeypatch.setattr(pictures.copies, "require_new", missing)
    if not told:
        assert measured(frechet=frechet)[0][measures.FRECHET] == frechet
        return
    with pytest.raises(NoData, match="set COURSE_DATA") as caught:
        measured(frechet=frechet)
    assert caught.value.found == {measures.FRECHET: frechet, measures.BALANCE: 0.9}


@pytest.mark.parametrize("layouts, kits, asks", [((1,), None, 1), ((), int, 1), ((), None, 0)])
def test_the_layers_of_good_pictures_are_asked_for_where_the_network_is_the_students(
    measured, monkeypatch, layouts, kits, asks
):
    asked = []
    monkeypatch.setattr(Pictures, "_name_what_failed", lambda *_: None)
    monkeypatch.setattr(pictures.declared, "require", lambda *a: asked.append(a))
    measured(layouts=layouts, kits=kits)
    assert asked == [("build", None)] * asks
    measured(frechet=150.0, layouts=layouts, kits=kits)
    assert len(asked) == asks


class Kit(torch.nn.Linear):
    """The kit's class: noise and labels to pictures of three numbers."""

    def __init__(self, size, classes):
        super().__init__(size, 3)
        self.classes = classes

    def forward(self, z, labels):
        return super().forward(z) + labels[:, None] / self.classes


def computed_here(kind, given, drawn, tensors, agreed=None):
    asked = []
    network = SimpleNamespace(module="the module")

    def look(*what):
        asked.append(what)
        return agreed

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pictures.declared, "agreed", look)
        return kind._computed_here(network, tensors, given, drawn), asked


def test_the_kits_class_draws_with_the_same_weights_and_labels():
    kind = Pictures(size=4, classes=5, kits=Kit)
    given, net = kind.inputs(600, torch.Generator().manual_seed(0)), Kit(4, 5)
    drawn = net(*given).detach()
    ours, asked = computed_here(kind, given, drawn, net.state_dict())
    torch.testing.assert_close(ours, drawn)
    assert not ours.requires_grad and asked == []
    assert computed_here(kind, given, drawn + 0.1, net.state_dict()) == (None, [])
    other = torch.nn.Linear(4, 2).state_dict()
    assert computed_here(kind, given, drawn, other) == (None, [])


def test_without_classes_the_layers_of_the_exercise_are_tried_first():
    given, drawn = (torch.zeros(3, 4),), torch.ones(3, 3)
    for kits in (None, lambda size, classes: torch.nn.Linear(size, 3)):
        kind = Pictures(size=4, layouts=("a layout",), kits=kits)
        ours, ((layouts, module, tensors, x, got),) = computed_here(kind, given, drawn, {}, drawn)
        assert ours is drawn and (layouts, module, tensors) == (("a layout",), "the module", {})
        assert x is given[0] and got is drawn
    # What agrees with no layers may be the kit's.
    net = torch.nn.Linear(4, 3)
    kind = Pictures(size=4, kits=lambda size, classes: torch.nn.Linear(size, 3))
    ours, _ = computed_here(kind, given, net(given[0]).detach(), net.state_dict())
    torch.testing.assert_close(ours, net(given[0]).detach())
    assert computed_here(Pictures(size=4), given, drawn, {})[0] is None


def test_a_method_is_asked_where_it_draws():
    asked = []
    network = SimpleNamespace(ask=lambda *given, method: asked.append(method) or FULL)
    for method in ("decode", None):
        Pictures(size=4, method=method).draw(network, [torch.zeros(3, 4)])
    assert asked == ["decode", None]


def test_how_pictures_are_drawn_is_shared_and_stays_as_it_is():
    plain = Pictures(size=4)
    assert (plain.uniform, plain.classes, plain.data, plain.low) == (False, 0, "mnist", -1.0)
    assert (plain.method, plain.layouts, plain.kits) == (None, (), None)
    assert len(plain.inputs(5, torch.Generator())) == 1
    with pytest.raises(FrozenInstanceError):
        plain.low = 0.0


class Plain(Weighted):
    """A network that draws its one weight, whatever the noise."""

    def ask(self, z, *labels, method):
        return self.weight.expand(len(z), 784)


@pytest.mark.parametrize(
    "nearly, other, good, name",
    [
        # A thousandth of every weight may move a pixel by a tenth.
        (0.599, 0.9, True, None),
        (0.601, 0.9, True, "pictures that jump with the weights"),
        (0.399, 0.9, True, "pictures that jump with the weights"),
        # Other weights have to move it by more than a rounding.
        (0.501, 0.5011, True, None),
        (0.501, 0.5009, True, "pictures without the weights"),
        (0.501, 0.4989, True, None),
        (0.5, 0.9, False, "untrained"),
    ],
)
def test_how_much_pictures_move_with_their_weights(monkeypatch, nearly, other, good, name):
    with_weights(monkeypatch, torch.tensor(nearly), torch.tensor(other))
    network, given = Plain(1.0), (torch.zeros(600, 4),)
    network.load(WEIGHTS)
    drawn = network.ask(*given, method=None)
    work = lambda: PICTURES.require_these_weights(  # noqa: E731
        network, WEIGHTS, given, drawn, torch.Generator(), good
    )
    if name:
        assert refused(work) == name
        return
    others = work()
    assert others.shape == (500, 784)
    torch.testing.assert_close(others[0, 0], torch.tensor((other + 1) / 2))


@pytest.mark.parametrize("spread, alike", [(1.95, True), (2.05, False)])
def test_how_little_pictures_may_differ(monkeypatch, spread, alike):
    """All pixels of a picture are as bright: 28 times what one moves is what the picture does."""

    class Two(Weighted):
        def ask(self, z, *labels, method):
            return (2 * spread / 28 * z[:, :1].sign()).expand(-1, 784)

    monkeypatch.setattr(measures, "PICTURES", 600)
    monkeypatch.setattr(measures, "of_pictures", lambda *_: {measures.FRECHET: 1.0})
    monkeypatch.setattr(Pictures, "_computed_here", lambda *_: None)
    with_weights(monkeypatch, torch.tensor(0.501), torch.tensor(0.9))
    work = lambda: PICTURES.measure(  # noqa: E731
        Two(1.0), WEIGHTS, torch.Generator().manual_seed(0), {measures.FRECHET: 9.0}
    )
    assert refused(work) == (
        "one picture for all noise" if alike else "pictures without the weights"
    )


@pytest.mark.parametrize("off, same", [(9e-4, True), (1.1e-3, False)])
def test_the_same_picture_may_differ_by_rounding(off, same):
    sizes = []

    def ask(z):
        sizes.append(len(z))
        return torch.full((len(z), 784), off if len(sizes) == 1 else 0.0)

    given, drawn = PICTURES.inputs(200, torch.Generator()), torch.zeros(200, 784)
    work = lambda: PICTURES.require_same_again(  # noqa: E731
        network(ask), given, drawn, torch.Generator()
    )
    if same:
        work()
        assert sizes == [64 + 32]  # some of them beside as many strangers as half of them
    else:
        assert refused(work) == "a picture depends on its neighbours" and sizes == [96, 64, 64]


@pytest.mark.parametrize(
    "frechet, random, as_many, balance, bar, name",
    [
        (159.0, 200.0, None, 0.9, 100.0, None),
        (161.0, 200.0, None, 0.9, 100.0, "untrained"),
        (100.0, 101.0, None, 0.9, 100.0, None),  # at the bar
        (50.0, 200.0, None, 0.19, 100.0, "one class only"),
        (50.0, 90.0, 60.0, 0.9, None, "pictures without the weights"),
        (50.0, 100.0, 90.0, 0.9, 100.0, "pictures without the weights"),
        (500.0, 501.0, None, 0.9, None, None),  # no bar is missed
    ],
)
def test_where_each_failure_begins(frechet, random, as_many, balance, bar, name):
    found = {measures.FRECHET: frechet, measures.BALANCE: balance}
    bars = {} if bar is None else {measures.FRECHET: bar}
    work = lambda: PICTURES._name_what_failed(found, random, as_many, bars)  # noqa: E731
    if name is None:
        work()
    else:
        assert refused(work) == name


@pytest.mark.parametrize(
    "low, edge, fine",
    [
        *((-1.0, -1.0099, True), (-1.0, -1.011, False), (0.0, -0.0099, True)),
        *((0.0, -0.011, False), (-1.0, 1.0099, True), (-1.0, 1.011, False)),
    ],
)
def test_pixels_may_leave_their_range_by_rounding(low, edge, fine):
    drawn = torch.full((3, 784), 0.5)
    drawn[1, 7] = edge
    work = lambda: Pictures(size=4, low=low).draw(  # noqa: E731
        network(lambda z: drawn), [torch.zeros(3, 4)]
    )
    if fine:
        assert work() is drawn
    else:
        assert refused(work) == "pixels out of range"


def test_which_pictures_are_compared_with_real_ones_is_drawn_by_the_grader(measured, monkeypatch):
    asked = []
    monkeypatch.setattr(Pictures, "_name_what_failed", lambda *_: None)
    monkeypatch.setattr(pictures.copies, "require_new", lambda *what: asked.append(what))
    measured(frechet=50.0)
    ((images, data, source),) = asked
    assert images.shape == (600, 784) and 0 <= images.min() and images.max() <= 1
    assert data == "x" and isinstance(source, torch.Generator)


@pytest.mark.parametrize("balance, good", [(0.9, True), (0.91, False)])
def test_pictures_are_good_when_they_reach_every_bar(measured, monkeypatch, balance, good):
    asked = []
    monkeypatch.setattr(Pictures, "_name_what_failed", lambda *_: None)
    monkeypatch.setattr(pictures.copies, "require_new", lambda *what: asked.append(what))
    measured(more={measures.BALANCE: balance})
    assert len(asked) == good


def test_a_pixel_that_is_a_little_too_bright_is_white(measured, monkeypatch):
    """In [0, 1] as in the images that pictures are compared with."""
    asked, ask = [], Weighted.ask
    monkeypatch.setattr(
        Weighted, "ask", lambda self, z, **how: (1.5 * ask(self, z, **how)).clamp(-1.009, 1.009)
    )
    monkeypatch.setattr(Pictures, "_name_what_failed", lambda *_: None)
    monkeypatch.setattr(pictures.copies, "require_new", lambda *what: asked.append(what[0]))
    measured()
    assert (asked[0].min(), asked[0].max()) == (0, 1)
