"""A training run that is stopped goes on as if it had not been."""

import os
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch
from torch import nn

from helpers import checkpoint
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


@pytest.fixture
def clock(monkeypatch):
    """now[0] seconds have passed."""
    now = [1000.0]
    monkeypatch.setattr(checkpoint, "time", SimpleNamespace(monotonic=lambda: now[0]))
    return now


def kept(path="checkpoints/run.pt"):
    return torch.load(path)["steps_done"] if os.path.exists(path) else None


@pytest.mark.parametrize(("options", "every"), [({}, 60.0), ({"every": 5.0}, 5.0)])
def test_it_is_kept_once_in_so_many_seconds(clock, options, every):
    steps = Checkpoint("run", part={}, **options).steps(9)
    assert next(steps) == 0
    clock[0] += every - 0.5
    assert next(steps) == 1 and kept() is None
    clock[0] += 0.5
    assert next(steps) == 2 and kept() == 2
    clock[0] += every - 0.5  # since it was kept
    assert next(steps) == 3 and kept() == 2
    clock[0] += 0.5
    assert next(steps) == 4 and kept() == 4


@pytest.mark.parametrize(("finished", "left"), [("keep", 3), ("forget", None)])
def test_the_end_is_kept_or_forgotten_however_soon(clock, finished, left):
    assert [*Checkpoint("run", part={}, finished=finished).steps(3)] == [0, 1, 2]
    assert kept() == left


def test_where_it_goes_on_is_said_once_with_what_to_delete(capsys):
    [*Checkpoint("run", part={}).steps(2000)]
    assert capsys.readouterr().out == ""
    assert next(Checkpoint("run", part={}).steps(3000)) == 2000
    assert capsys.readouterr().out == (
        "checkpoints/run.pt: going on at step 2,000 of 3,000; delete it to start again, "
        "as after a change of your code.\n"
    )


@pytest.mark.parametrize(
    ("state", "words"),
    [
        ({"steps_done": 3}, "is not a checkpoint of such a loop: delete checkpoints/run.pt to st"),
        ({"parts": {}, "steps_done": "x"}, "is not a checkpoint of such a loop: delete"),
        ({"parts": {}, "steps_done": None}, "is not a checkpoint of such a loop: delete"),
        ([1], "is not a checkpoint of such a loop: delete"),
        (
            {"parts": {"b": {}, "a": {}}, "steps_done": 3},
            "keeps a, b and this run has model, order: delete checkpoints/run.pt to start again",
        ),
        (
            {"parts": {"model": {}, "order": torch.zeros(1)}, "steps_done": 3},
            "keeps another kind of model: delete checkpoints/run.pt to start again",
        ),
    ],
)
def test_what_another_loop_has_left_is_told(state, words):
    os.mkdir("checkpoints")
    checkpoint.save(Path("checkpoints", "run.pt"), state)
    parts = dict(model=nn.Linear(1, 1), order=torch.Generator())
    with pytest.raises(CourseError, match=f"checkpoints/run.pt {words}"):
        next(Checkpoint("run", **parts).steps(5))


def test_a_generator_that_is_none_there_is_told():
    os.mkdir("checkpoints")
    state = {"parts": {"order": torch.zeros(1)}, "steps_done": 3}
    checkpoint.save(Path("checkpoints", "run.pt"), state)
    with pytest.raises(CourseError, match="keeps another kind of order"):
        next(Checkpoint("run", order=torch.Generator()).steps(5))


def test_what_is_kept_of_a_dict_is_a_copy_and_what_was_there_is_replaced(clock):
    part = {"a": 1}
    assert checkpoint._state_of(part) == part and checkpoint._state_of(part) is not part
    checkpoint._restore(part, {"b": 2})
    assert part == {"b": 2}


def test_an_optimisers_state_lies_as_its_parameters_do():
    weight = nn.Parameter(torch.zeros(2, 3, 4, 4).to(memory_format=torch.channels_last))
    solver = torch.optim.Adam([weight])
    weight.grad = torch.randn(2, 3, 4, 4)
    solver.step()
    plain = solver.state_dict()
    for name in ("exp_avg", "exp_avg_sq"):
        plain["state"][0][name] = plain["state"][0][name].contiguous()
    values = plain["state"][0]["exp_avg"].clone()
    checkpoint._restore(solver, plain)
    state = solver.state[weight]
    assert state["exp_avg"].stride() == state["exp_avg_sq"].stride() == weight.stride()
    assert torch.equal(state["exp_avg"], values) and not state["exp_avg"].requires_grad
    assert state["step"] == 1


@pytest.mark.parametrize("name", ["long-run", "a.b", "x y"])
def test_what_is_a_name(name):
    assert Checkpoint(name).path == Path("checkpoints", f"{name}.pt")
    assert Checkpoint(name, folder="there").path == Path("there", f"{name}.pt")
