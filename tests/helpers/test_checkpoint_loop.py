"""A training run that is stopped goes on as if it had not been."""

import os

import pytest
import torch
from torch import nn

from helpers.checkpoint import Checkpoint
from helpers.errors import CourseError
from helpers.training import History


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def run(total, stop_at=None, **options):
    """The weights after training with random data; stopped without warning at a step."""
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(3, 3), nn.BatchNorm1d(3))
    optimizer = torch.optim.Adam(model.parameters())
    seen = []
    for step in Checkpoint("run", model=model, optimizer=optimizer, **options).steps(total):
        if step == stop_at:
            break
        seen.append(step)
        optimizer.zero_grad()
        model(torch.randn(8, 3)).square().mean().backward()
        optimizer.step()
    return seen, [value.clone() for value in model.state_dict().values()]


def test_a_run_that_was_stopped_ends_as_one_that_was_not(capsys):
    _, wanted = run(20, folder="other")
    run(20, stop_at=8, every=0)
    seen, found = run(20, every=0)
    assert seen[0] == 7 or seen[0] == 8
    assert seen[-1] == 19
    assert all(torch.equal(a, b) for a, b in zip(wanted, found, strict=True))
    assert "going on at step" in capsys.readouterr().out


def test_a_finished_run_does_nothing_again():
    _, wanted = run(5)
    seen, found = run(5)
    assert seen == [] and all(torch.equal(a, b) for a, b in zip(wanted, found, strict=True))
    assert run(7)[0] == [5, 6]


def test_it_is_kept_now_and_then_only():
    run(20, stop_at=10)
    assert not os.path.exists("checkpoints/run.pt")


def test_a_finished_run_may_be_forgotten():
    run(5, every=0, finished="forget")
    assert not os.path.exists("checkpoints/run.pt")
    run(5, stop_at=3, every=0, finished="forget")
    assert run(5, every=0, finished="forget")[0][0] in (2, 3)
    assert run(5, finished="forget")[0] == [0, 1, 2, 3, 4]


def drawn(total, stop_at=None):
    """A History, a dict of what was drawn, and the last draw, of a generator of its own."""
    order, history, samples = torch.Generator().manual_seed(1), History(), {}
    parts = dict(order=order, history=history, samples=samples)
    for step in Checkpoint("draws", every=0, **parts).steps(total):
        if step == stop_at:
            break
        samples[step] = torch.randn(2, generator=order)
        history.log(mean=samples[step].mean())
    return history.series("mean"), {step: each.tolist() for step, each in samples.items()}


def test_generators_histories_and_samples_are_kept(monkeypatch):
    drawn(6, stop_at=3)
    continued = drawn(6)
    os.remove("checkpoints/draws.pt")
    assert continued == drawn(6) and len(continued[1]) == 6


@pytest.mark.parametrize("content", [b"", b"nonsense", b"PK\x03\x04"])
def test_a_damaged_file(content):
    os.mkdir("checkpoints")
    with open("checkpoints/run.pt", "wb") as file:
        file.write(content)
    with pytest.raises(CourseError, match="cannot be read .*delete it"):
        run(5)


def test_code_in_a_file_is_not_run():
    class Evil:
        def __reduce__(self):
            return os.mkdir, ("evil",)

    os.mkdir("checkpoints")
    torch.save({"parts": Evil()}, "checkpoints/run.pt")
    with pytest.raises(CourseError, match="cannot be read"):
        run(5)
    assert not os.path.exists("evil")


def test_another_model():
    run(3)
    model = nn.Linear(2, 2)
    with pytest.raises(CourseError, match="keeps model, optimizer and this run has model"):
        list(Checkpoint("run", model=model).steps(3))
    optimizer = torch.optim.Adam(model.parameters())
    with pytest.raises(CourseError, match="another kind of model"):
        list(Checkpoint("run", model=model, optimizer=optimizer).steps(3))


@pytest.mark.parametrize("name", ["", "a/b", "..", ".x"])
def test_what_is_no_name(name):
    with pytest.raises(CourseError, match="got the name"):
        Checkpoint(name)


def test_what_has_no_state():
    with pytest.raises(CourseError, match="cannot keep step"):
        Checkpoint("run", step=3)


def test_a_full_disk_leaves_the_old_state(monkeypatch):
    run(3)
    before = open("checkpoints/run.pt", "rb").read()

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(CourseError, match="could not be written"):
        run(6, every=0)
    assert open("checkpoints/run.pt", "rb").read() == before
    assert os.listdir("checkpoints") == ["run.pt"]
