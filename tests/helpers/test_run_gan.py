"""The script: what it writes, that it goes on exactly, and one sentence for a user's mistake."""

import argparse
import csv
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch

from helpers import checkpoint, data, run_gan
from tests.lengths import first_and_rest

ROOT = Path(__file__).parents[2]
HALVES = """
import torch
from torch import nn
from torch.nn import functional as F

def build_optimizers(g, d):
    return [torch.optim.Adam(net.parameters(), lr=1e-3, betas=(0.5, 0.999)) for net in (d, g)]

class ProjectionDiscriminator(nn.Module):
    def __init__(self, features, dim_features, n_classes=10):
        super().__init__()
        self.features = features
        self.linear = nn.Linear(dim_features, n_classes)

    def forward(self, x, y):
        return self.linear(self.features(x)).gather(1, y[:, None])

def loss_nonsaturating_d(g, d, x_real, *, device):
    fake = g(torch.randn(len(x_real), g.dim_z, device=device))
    return F.softplus(-d(x_real)).mean() + F.softplus(d(fake)).mean()

def loss_nonsaturating_g(g, d, x_real, *, device):
    return F.softplus(-d(g(torch.randn(len(x_real), g.dim_z, device=device)))).mean()

def conditional_loss_nonsaturating(g, d, x_real, y_real, *, device):
    import random
    import numpy as np
    # Random numbers of three kinds, so that all three must be remembered.
    noise = torch.randn(len(x_real), g.dim_z) * (1 + 0.01 * np.random.rand() + random.random())
    fake = d(g(noise.to(device), y_real), y_real)
    real = d(x_real, y_real)
    return F.softplus(-real).mean() + F.softplus(fake).mean(), F.softplus(-fake).mean()

def loss_wasserstein_gp(g, d, x_real, *, device):
    raise NotImplementedError()
"""


@pytest.fixture(autouse=True)
def small_data(monkeypatch):
    """Digits in place of Fashion-MNIST."""
    monkeypatch.setattr(run_gan.data, "load", lambda name, split: data._load_digits(split))


@pytest.fixture
def losses(tmp_path):
    path = tmp_path / "mine.py"
    path.write_text(HALVES)
    return path


@pytest.fixture
def run(tmp_path, losses):
    """main() in folder `out` below tmp_path: 8 updates an epoch, sheets every 3."""

    def main(*options, out="out", kind="conditional", epochs=2):
        return run_gan.main(
            ["--loss-type", kind, "--epochs", str(epochs), "--out", str(tmp_path / out)]
            + ["--losses", str(losses), "--batch-size", "4", "--images", "32", "--every", "3"]
            + ["--device", "cpu", *map(str, options)]
        )

    return main


@pytest.fixture
def plain_sheets(monkeypatch):
    """For tests that ask nothing of the sheets: to draw one takes longer than several updates."""
    monkeypatch.setattr(
        run_gan.plotting, "class_sheet", lambda *given: run_gan.plotting.Picture(1, 1)
    )


def result(folder):
    """Everything that a run ends with, as plain bytes and numbers."""
    state = checkpoint.load(folder / "checkpoint.pt")
    tensors = {
        f"{net}.{name}": value
        for net in ("generator", "discriminator")
        for name, value in state[net].items()
    }
    return state["updates"], tensors, state["losses"], state["random"]["torch"]


def same(one, other):
    (n, a, losses, random), (m, b, others, others_random) = one, other
    assert n == m and a.keys() == b.keys()
    assert all(torch.equal(a[name], b[name]) for name in a)
    assert torch.equal(losses, others) and torch.equal(random, others_random)


def test_what_a_run_writes(run, tmp_path, capsys):
    assert run() == 0
    out = tmp_path / "out"
    sheets = sorted(path.name for path in (out / "samples").iterdir())
    assert sheets == [f"update-{n:06d}.png" for n in (3, 6, 8, 9, 12, 15, 16)]
    assert (out / "samples" / sheets[0]).read_bytes()[:4] == b"\x89PNG"
    rows = list(csv.reader((out / "losses.csv").open()))
    assert rows[0] == ["update", "d_loss", "g_loss"]
    assert [int(row[0]) for row in rows[1:]] == list(range(1, 17))
    assert sorted(path.name for path in out.iterdir()) == ["checkpoint.pt", "losses.csv", "samples"]
    said = capsys.readouterr().out
    assert "16/16" in said and "mine.py" in said


def test_split_forms_are_put_together(run, tmp_path):
    assert run(kind="nonsaturating", epochs=1) == 0
    assert result(tmp_path / "out")[0] == 8


@pytest.mark.usefixtures("plain_sheets")
@pytest.mark.parametrize("after", first_and_rest([7, 1, 3, 8, 10]))
def test_an_interrupted_run_ends_as_one_that_was_not(run, tmp_path, monkeypatch, capsys, after):
    assert run(out="whole") == 0
    update, done = run_gan.Game.update, []

    def interrupted(self, x, y):
        if len(done) == after:
            raise KeyboardInterrupt
        done.append(1)
        update(self, x, y)

    with monkeypatch.context() as patch:
        patch.setattr(run_gan.Game, "update", interrupted)
        assert run() == run_gan.INTERRUPTED
    assert "continues from the last checkpoint" in capsys.readouterr().err
    assert run() == 0
    assert ("Going on after update" in capsys.readouterr().out) == (after >= 3)
    same(result(tmp_path / "whole"), result(tmp_path / "out"))
    table = [(tmp_path / name / "losses.csv").read_bytes() for name in ("whole", "out")]
    assert table[0] == table[1]


@pytest.mark.usefixtures("plain_sheets")
@pytest.mark.slow
def test_more_epochs_lengthen_a_run(run, tmp_path, capsys):
    assert run(out="whole", epochs=3) == 0
    assert run(epochs=1) == 0 and run(epochs=3) == 0
    same(result(tmp_path / "whole"), result(tmp_path / "out"))
    assert run(epochs=3) == 0
    assert "These epochs are done" in capsys.readouterr().out


@pytest.mark.usefixtures("plain_sheets")
@pytest.mark.slow
def test_restart_begins_anew(run, tmp_path):
    assert run("--seed", 1, epochs=1) == 0
    assert run("--seed", 2, epochs=1) == 2
    assert run("--seed", 2, "--restart", epochs=1) == 0
    assert result(tmp_path / "out")[0] == 8


@pytest.mark.usefixtures("plain_sheets")
@pytest.mark.slow
def test_changed_functions_are_mentioned(run, losses, capsys):
    assert run(epochs=1) == 0
    losses.write_text(HALVES.replace("0.01 *", "0.02 *"))
    assert run(epochs=2) == 0
    assert "Your functions have changed" in capsys.readouterr().out


@pytest.mark.usefixtures("plain_sheets")
@pytest.mark.slow
def test_a_killed_process_goes_on_exactly(run, tmp_path, losses):
    assert run(out="whole", epochs=3) == 0
    code = (
        "import sys; from helpers import data, run_gan\n"
        "run_gan.data.load = lambda name, split: data._load_digits(split)\n"
        "sys.exit(run_gan.main(sys.argv[1:]))"
    )
    command = [sys.executable, "-c", code, "--loss-type", "conditional", "--epochs", "3"]
    command += ["--out", tmp_path / "out", "--losses", losses, "--batch-size", "4"]
    command += ["--images", "32", "--every", "3", "--device", "cpu"]
    environment = os.environ | {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
    child = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL)
    try:
        while not (tmp_path / "out" / "checkpoint.pt").exists():
            assert child.poll() is None
            time.sleep(0.01)
    finally:
        child.send_signal(signal.SIGKILL)
        child.wait()
    assert result(tmp_path / "out")[0] < 24
    assert run(epochs=3) == 0
    same(result(tmp_path / "whole"), result(tmp_path / "out"))


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ("--loss-type minimax --epochs 1 --out o", "invalid choice: 'minimax'"),
        ("--loss-type conditional --epochs 0 --out o", "'0' is not a whole number above 0"),
        ("--loss-type conditional --epochs many --out o", "'many' is not a whole number above 0"),
        ("--loss-type conditional --epochs 1", "required: --out"),
        ("--loss-type conditional --epochs 1 --out o --batch-size 9000", "larger than the 1500"),
        ("--loss-type conditional --epochs 1 --out o --device abacus", "abacus does not work here"),
        ("--loss-type conditional --epochs 1 --out o --losses none.py", "there is no file none.py"),
        ("--loss-type wasserstein_gp --epochs 1 --out o --losses {own}", "is still the stub"),
        ("--loss-type conditional --epochs 1 --out {own} --losses {own}", "cannot be made"),
    ],
)
def test_a_mistake_is_one_sentence_and_exit_code_2(
    arguments, words, losses, tmp_path, monkeypatch, capsys
):
    monkeypatch.chdir(tmp_path)
    assert run_gan.main(arguments.format(own=losses).split()) == 2
    said = capsys.readouterr().err
    assert words in said and said.startswith("run_gan: ") and said.count("\n") == 1


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (("def build_optimizers", "def other"), "does not define build_optimizers"),
        (("    return [torch.optim", "    [torch.optim"), "does not return two optimisers"),
        (("class ProjectionDiscriminator", "class Other"), "define ProjectionDiscriminator"),
        (("return F.softplus(-real).mean() + F.softplus(fake).mean(), F", "return F"), "return (d"),
        (("def conditional_loss", "def f(:\ndef conditional_loss"), "does not parse"),
    ],
)
def test_a_file_that_will_not_do(run, losses, capsys, change, words):
    losses.write_text(HALVES.replace(*change))
    assert run() == 2
    assert words in capsys.readouterr().err


def test_a_damaged_checkpoint(run, tmp_path, capsys):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "checkpoint.pt").write_bytes(b"not a checkpoint")
    assert run() == 2
    assert "delete it to start again" in capsys.readouterr().err


@pytest.mark.usefixtures("plain_sheets")
def test_another_runs_checkpoint(run, tmp_path, capsys):
    assert run(epochs=1) == 0
    assert run(epochs=1, kind="nonsaturating") == 2
    said = capsys.readouterr().err
    assert "is of a run with --loss-type conditional, not nonsaturating" in said


def test_a_mistake_of_a_students_own_keeps_its_traceback(run, losses):
    losses.write_text(HALVES.replace("real = d(x_real, y_real)", "real = d(x_reel, y_real)"))
    with pytest.raises(NameError, match="x_reel"):
        run()


def test_the_help_says_whose_functions_are_run(capsys):
    with pytest.raises(SystemExit) as leaving:
        run_gan.main(["--help"])
    assert leaving.value.code == 0
    said = " ".join(capsys.readouterr().out.split())
    assert "losses that you wrote yourself" in said and "none but your own" in said
    assert "continues from its last checkpoint" in said


def test_helpers_hold_no_solution():
    """A student reads these files, too."""
    for path in (ROOT / "helpers").glob("*.py"):
        text = path.read_text()
        assert "logsigmoid" not in text and "softplus" not in text, path
        assert "def loss_" not in text and "betas" not in text, path


@pytest.mark.parametrize(
    ("every", "done", "kept"),
    [(3, 0, [3, 4, 6, 8]), (200, 0, [4, 8]), (2, 3, [4, 6, 8]), (1, 6, [7, 8])],
)
def test_when_a_run_is_kept_and_which_images_it_is_given(monkeypatch, every, done, kept):
    """Two epochs of four updates; each has an order of its own, wherever the run goes on."""

    class Played:
        settings = run_gan.GameSettings("nonsaturating", 2, 3, 7, 12, "digits")
        updates, rows, given = done, [], []

        def update(self, x, y):
            self.updates += 1
            self.given.append((x, y))
            self.rows.append((self.updates, 0.5, 0.25))

    digits = data._load_digits("test")
    images = data.Images(digits.pixels[:14], torch.arange(14), digits.classes, "digits", "here")
    found, made = [], Played()
    monkeypatch.setattr(
        run_gan, "keep", lambda game, out, classes: found.append((game.updates, out, classes))
    )
    run_gan.train(made, images, "out", every)
    assert [update for update, *_ in found] == kept
    assert {tuple(rest) for _, *rest in found} == {("out", images.classes)}
    wanted = []
    for epoch in range(2):
        order = torch.Generator().manual_seed(7 * 100_003 + epoch)
        wanted += torch.randperm(14, generator=order)[:12].split(3)
    assert len(made.given) == 8 - done
    for (x, y), places in zip(made.given, wanted[done:], strict=True):
        assert torch.equal(y, places) and torch.equal(x, images.scaled(places))


@pytest.mark.parametrize("conditional", [True, False])
def test_a_sheet_is_of_the_samples_with_the_names_of_their_classes(
    tmp_path, monkeypatch, conditional
):
    drawn = []

    class Figure:
        def savefig(self, path, dpi, bbox_inches):
            assert (dpi, bbox_inches) == (100, "tight")
            Path(path).write_text("sheet")

    for name in ("class_sheet", "image_grid"):
        monkeypatch.setattr(
            run_gan.plotting, name, lambda *a, _n=name, **k: drawn.append((_n, a, k)) or Figure()
        )
    made = SimpleNamespace(
        samples=lambda: "samples",
        conditional=conditional,
        updates=1234,
        rows=[(1, 0.5, 0.25)],
        state=lambda: {"updates": 1234},
    )
    run_gan.keep(made, tmp_path, ("a", "b"))
    assert (tmp_path / "samples" / "update-001234.png").read_text() == "sheet"
    assert (tmp_path / "losses.csv").read_text().split() == ["update,d_loss,g_loss", "1,0.5,0.25"]
    assert checkpoint.load(tmp_path / "checkpoint.pt") == {"updates": 1234}
    if conditional:
        assert drawn == [("class_sheet", ("samples", ("a", "b")), {})]
    else:
        options = {"columns": 10, "title": "update 1,234"}
        assert drawn == [("image_grid", ("samples",), options)]


@pytest.mark.parametrize(
    ("text", "value"), [("1", 1), ("07", 7), ("0", None), ("-1", None), ("1.5", None), ("", None)]
)
def test_what_is_a_number_above_0(text, value):
    if value is None:
        with pytest.raises(argparse.ArgumentTypeError, match="is not a whole number above 0"):
            run_gan._positive(text)
    else:
        assert run_gan._positive(text) == value
    assert run_gan._seed("0") == 0


def test_a_run_is_told_in_sentences(tmp_path, monkeypatch, capsys):
    """What continues, what has changed, what is done already; nothing is trained here."""
    (tmp_path / "mine.py").write_text("")
    code = run_gan.student_functions.digest(tmp_path / "mine.py")

    class Played:
        def __init__(self, settings, own, source, device):
            asked.append((settings, source, device.type))
            self.updates = 0

        def go_on_from(self, state, path):
            self.updates = state["updates"]

    asked, trained = [], []
    monkeypatch.setattr(run_gan, "Game", Played)
    monkeypatch.setattr(run_gan, "train", lambda *given: trained.append(given[2:]))

    def run(*options):
        out = ["--out", str(tmp_path / "out"), "--losses", str(tmp_path / "mine.py")]
        rest = ["--loss-type", "conditional", "--epochs", "2", "--device", "cpu"]
        assert run_gan.main([*rest, *out, *options]) == 0
        return capsys.readouterr().out

    said = run("--images", "100", "--batch-size", "10", "--seed", "5", "--every", "7")
    settings = run_gan.GameSettings("conditional", 2, 10, 5, 100, "digits")
    assert asked == [(settings, tmp_path / "mine.py", "cpu")]
    assert trained == [(tmp_path / "out", 7)]
    assert said.startswith("Training on cpu") and "Samples in " in said and "Going on" not in said
    assert (tmp_path / "out" / "samples").is_dir()
    few = ["--images", "100", "--batch-size", "10"]
    for updates, old, words, count in (
        (19, "other", "Your functions have changed since", 1),
        (19, code, "Going on after update 19, from", 1),
        (20, code, "These epochs are done; more --epochs lengthen the run.", 0),
    ):
        checkpoint.save(tmp_path / "out" / "checkpoint.pt", {"updates": updates, "code": old})
        trained.clear()
        said = run(*few)
        assert words in said and len(trained) == count
        assert ("have changed" in said) is (old == "other")
    trained.clear()
    assert "Going on" not in run("--restart", *few) and len(trained) == 1
    run("--images", "99999")
    assert asked[-1][0].images == 1500 and asked[-1][0].batch_size == 64
    run("--images", "64")  # one batch is an epoch
    assert asked[-1][0].images == 64
