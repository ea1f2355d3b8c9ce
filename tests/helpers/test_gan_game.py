"""What a game is, and what it needs of a student's functions."""

import re
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
import torch

from helpers import gan_game, run_gan, student_functions
from helpers.errors import CourseError
from helpers.gan_game import LOSSES, Game, GameSettings

SETTINGS = GameSettings("nonsaturating", 3, 64, 0, 500, "digits")


def test_a_game_goes_on_with_all_the_same_but_the_epochs():
    assert SETTINGS.identity() == {
        "--loss-type": "nonsaturating",
        "--batch-size": 64,
        "--seed": 0,
        "--images": 500,
        "data set": "digits",
    }
    assert replace(SETTINGS, epochs=9).identity() == SETTINGS.identity()


def game(loss_type="nonsaturating", device="cpu", **own):
    return Game(replace(SETTINGS, loss_type=loss_type), own, Path("own.py"), torch.device(device))


def test_both_networks_are_on_the_device():
    own = {"loss_nonsaturating": stub, "build_optimizers": lambda g, d: (g, d)}
    for network in game(device="meta", **own).optimizers:
        assert {each.device.type for each in network.parameters()} == {"meta"}


def stub(*_, **__):
    raise NotImplementedError


@pytest.mark.parametrize(
    ("own", "words"),
    [
        ({}, "own.py does not define loss_nonsaturating: write it there, or name another"),
        ({"loss_nonsaturating": stub}, "own.py does not define build_optimizers"),
        (
            {"loss_nonsaturating": stub, "build_optimizers": stub},
            "stub in own.py is still the stub: write it first",
        ),
        (
            {"loss_nonsaturating": stub, "build_optimizers": lambda g, d: [1]},
            "build_optimizers in own.py does not return two optimisers",
        ),
        (
            {"loss_nonsaturating": stub, "build_optimizers": lambda g, d: {1, 2}},
            "build_optimizers in own.py does not return two optimisers",
        ),
        ({"loss_nonsaturating_d": stub}, "own.py does not define loss_nonsaturating"),
    ],
)
def test_what_is_missing_is_said(own, words):
    with pytest.raises(CourseError, match=words):
        game(**own)


def test_a_joint_loss_or_both_halves():
    built = {"build_optimizers": lambda g, d: (1, 2)}
    made = game(**built, loss_nonsaturating=lambda g, d, x, device: (1, 2))
    assert made.optimizers == (1, 2) and made.loss("g", "d", "x", device=None) == (1, 2)
    halves = game(
        **built,
        loss_nonsaturating_d=lambda g, d, x, device: f"d {x}",
        loss_nonsaturating_g=lambda g, d, x, device: f"g {x}",
    )
    assert halves.loss("g", "d", "x", device=None) == ("d x", "g x")
    assert (made.updates, made.rows, made.conditional) == (0, [], False)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], "the following arguments are required: --loss-type, --epochs, --out (see --help)."),
        (["--epochs", "0"], "0"),
        (["--seed", "-1"], "is not a whole number, 0 or more"),
        (["--loss-type", "hinge"], "invalid choice: 'hinge'"),
    ],
)
def test_a_mistake_is_a_sentence_on_stderr_and_exit_code_2(arguments, words, capsys):
    rest = ["--loss-type", "nonsaturating", "--epochs", "1", "--out", "x"] if arguments else []
    assert run_gan.main([*rest, *arguments]) == 2
    said = capsys.readouterr()
    assert said.out == "" and said.err.startswith("run_gan: ") and words in said.err


def test_the_options_and_their_defaults():
    made = run_gan.parser().parse_args(
        ["--loss-type", "conditional", "--epochs", "7", "--out", "there"]
    )
    assert vars(made) == {
        "loss_type": "conditional",
        "epochs": 7,
        "out": Path("there"),
        "losses": run_gan.NOTEBOOK,
        "batch_size": 64,
        "seed": 0,
        "images": None,
        "every": 200,
        "device": None,
        "restart": False,
    }


def small_game(**settings):
    """A game whose networks have one weight; its functions are never called."""
    built = {"build_optimizers": lambda g, d: (1, 2), "loss_nonsaturating": stub}
    made = Game(replace(SETTINGS, **settings), built, Path(__file__), torch.device("cpu"))
    made.generator, made.discriminator = torch.nn.Linear(1, 1), torch.nn.Linear(1, 1)
    made.optimizers = [
        torch.optim.Adam(each.parameters(), lr=0.1) for each in (made.generator, made.discriminator)
    ]
    return made


def played():
    made = small_game()
    for network, optimizer in zip(
        (made.generator, made.discriminator), made.optimizers, strict=True
    ):
        network(torch.ones(1, 1)).backward()
        optimizer.step()
    made.rows, made.updates = [(1, 0.5, 0.25)], 1
    return made


def test_a_game_goes_on_where_it_was():
    before, again = played(), small_game(epochs=9)
    state = before.state()
    expected = torch.rand(3)
    again.go_on_from(state, Path("there"))
    assert torch.equal(torch.rand(3), expected)
    assert again.rows == [(1, 0.5, 0.25)] and again.updates == 1
    assert type(again.updates) is int and type(again.rows[0][0]) is int
    for mine, other in (
        (again.generator, before.generator),
        (*(again.discriminator, before.discriminator),),
    ):
        assert torch.equal(mine.weight, other.weight)
    for mine, other in zip(again.optimizers, before.optimizers, strict=True):
        assert str(mine.state_dict()) == str(other.state_dict())


def test_a_game_with_other_settings_does_not_go_on():
    state = played().state()
    words = "there is of a run with --seed 0, not 5: give another --out, or --restart"
    with pytest.raises(CourseError, match=words):
        small_game(seed=5).go_on_from(state, Path("there"))


@pytest.mark.parametrize(
    "name, value",
    [
        *(("updates", None), ("losses", None), ("random", None), ("settings", {})),
        *(("generator", {}), ("discriminator", {}), ("optimizers", [])),
    ],
)
def test_a_broken_state_is_a_sentence(name, value):
    with pytest.raises(CourseError, match=r"there does not fit this run \(.*\): give another"):
        small_game().go_on_from(played().state() | {name: value}, Path("there"))


class Own:
    """A student's functions; what they were given is kept."""

    def __init__(self, **more):
        self.asked = []
        self.names = {"build_optimizers": self.build, **more}

    def build(self, g, d):
        return [torch.optim.SGD(each.parameters(), lr=0.1) for each in (g, d)][::-1]

    def loss(self, g, d, x, *y, device):
        self.asked.append((x, *y, device))
        known = y or ()
        of_d = d(x[:, :1, :1, :1].flatten(1)).mean() + 2
        return of_d, g(x[:, :1, :1, 0].flatten(1), *known).mean() + 3


class Tiny(torch.nn.Module):
    """In place of a generator of images: one weight, and noise of two numbers."""

    dim_z = 2

    def __init__(self, n_classes=0):
        super().__init__()
        self.n_classes, self.weight = n_classes, torch.nn.Parameter(torch.rand(1))
        self.asked = []

    def forward(self, z, *y):
        self.asked.append((z, *y, self.training))
        return self.weight * 0 + z.sum(1)[:, None, None, None]


@pytest.fixture
def tiny(monkeypatch):
    monkeypatch.setattr(gan_game, "Generator", Tiny)
    monkeypatch.setattr(gan_game, "Discriminator", lambda: torch.nn.Linear(1, 1))


def play(loss_type="nonsaturating", seed=0, **more):
    own = Own(**more)
    own.names.setdefault(LOSSES[loss_type], own.loss)
    settings = replace(SETTINGS, loss_type=loss_type, seed=seed)
    return own, Game(settings, own.names, Path("own.py"), torch.device("cpu"))


def test_an_update_takes_images_from_minus_1_to_1_and_keeps_both_losses(tiny):
    own, made = play()
    before = made.generator.weight.item(), made.discriminator.weight.item()
    for _ in range(2):
        made.update(torch.full((4, 1, 28, 28), 0.75), torch.arange(4))
    assert len(own.asked) == 2 and len(own.asked[0]) == 2
    assert own.asked[0][0].unique().tolist() == [0.5] and own.asked[0][1].type == "cpu"
    assert made.updates == 2 and [row[0] for row in made.rows] == [1, 2]
    _, of_d, of_g = made.rows[0]
    assert of_g == pytest.approx(3.5) and of_d == pytest.approx(
        before[1] * 0.5 + made.discriminator.bias.item() + 0.2 + 2, abs=1e-5
    )
    assert made.discriminator.weight.item() == pytest.approx(before[1] - 2 * 0.1 * 0.5)
    assert not isinstance(of_d, torch.Tensor)


def test_the_loss_of_a_conditional_game_is_given_the_labels(tiny):
    class Projection(torch.nn.Linear):
        def __init__(self, features, dim, classes):
            super().__init__(1, 1)
            asked.append((type(features).__name__, dim, classes))

    asked = []
    own, made = play("conditional", ProjectionDiscriminator=Projection)
    assert made.conditional and asked == [("ImageFeatures", 128, 10)]
    assert made.generator.n_classes == 10 and play()[1].generator.n_classes == 0
    made.update(torch.zeros(3, 1, 28, 28), torch.tensor([7, 8, 9]))
    assert own.asked[0][1].tolist() == [7, 8, 9]


@pytest.mark.parametrize("losses", [None, 3, (1,), (1, 2, 3), {1, 2}])
def test_what_is_not_two_losses_is_said(tiny, losses):
    _, made = play(loss_nonsaturating=lambda *_, **__: losses)
    words = r"loss_nonsaturating in own.py does not return \(d_loss, g_loss\)"
    with pytest.raises(CourseError, match=words):
        made.update(torch.zeros(3, 1, 28, 28), torch.zeros(3))
    assert made.updates == 0 and made.rows == []


def test_a_stub_is_named_and_an_error_with_words_of_its_own_is_its_own(tiny):
    def words(*_, **__):
        raise NotImplementedError("not on this device")

    for loss, kind, said in (
        (stub, CourseError, "stub in own.py is still the stub: write it first, and save the file"),
        (partial(stub), CourseError, "a function in own.py is still the stub"),
        (words, NotImplementedError, "not on this device"),
    ):
        _, made = play(loss_nonsaturating=loss)
        with pytest.raises(kind, match=said):
            made.update(torch.zeros(3, 1, 28, 28), torch.zeros(3))


@pytest.mark.parametrize("loss_type", ["nonsaturating", "conditional"])
def test_samples_are_eight_rows_of_ten_from_the_noise_of_the_seed(tiny, loss_type):
    more = {"ProjectionDiscriminator": lambda *_: torch.nn.Linear(1, 1)}
    _, made = play(loss_type, seed=5, **more)
    images = made.samples()
    z, *labels, training = made.generator.asked[-1]
    assert images.shape == (80, 1, 1, 1) and not training and made.generator.training
    source = torch.Generator().manual_seed(5)
    if labels:
        rows = torch.randn(8, 2, generator=source)
        assert torch.equal(z, rows.repeat_interleave(10, 0))
        assert labels[0].tolist() == [*range(10)] * 8
    else:
        assert torch.equal(z, torch.randn(80, 2, generator=source)) and labels == []
    torch.testing.assert_close(images, (z.sum(1)[:, None, None, None] + 1) / 2)
    assert torch.equal(images, made.samples()) and not images.requires_grad


def test_the_first_weights_are_those_of_the_seed(tiny):
    one, same, other = (play(seed=seed)[1].generator.weight.item() for seed in (3, 3, 4))
    assert one == same != other


def test_a_wasserstein_game_has_its_own_loss(tiny):
    own, made = play("wasserstein_gp")
    assert made.loss == own.names["loss_wasserstein_gp"]
    with pytest.raises(CourseError, match="does not define conditional_loss_nonsaturating"):
        Game(replace(SETTINGS, loss_type="conditional"), {}, Path("x.py"), torch.device("cpu"))


def test_a_reason_is_one_line_that_is_not_long():
    state = played().state() | {"generator": {"x" * 200: torch.zeros(1)}}
    with pytest.raises(CourseError) as caught:
        small_game().go_on_from(state, Path("there"))
    reason = re.search(r"this run \((.*)\): give", str(caught.value))[1]
    assert 0 < len(reason) <= 100 and "\n" not in str(caught.value)
    state = played().state() | {"settings": {("x" * 200): 1}}
    with pytest.raises(CourseError, match=r"\('--loss-type'\)"):
        small_game().go_on_from(state, Path("there"))


def test_the_code_of_a_state_is_that_of_its_file():
    state = played().state()
    assert state["code"] == student_functions.digest(Path(__file__))
    assert state["losses"].dtype == torch.float64 and state["losses"].shape == (1, 3)
    assert small_game().state()["losses"].shape == (0, 3)
