"""What a game is, and what it needs of a student's functions."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch

from helpers import run_gan
from helpers.errors import CourseError
from helpers.gan_game import Game, GameSettings

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
