import pickle
import random
import zipfile

import numpy as np
import pytest
import torch

from helpers import checkpoint
from helpers.errors import CourseError


def test_what_was_saved_is_loaded(tmp_path):
    state = {"updates": 3, "w": torch.ones(2), "pairs": [(1, 2.5)], "name": "plain"}
    checkpoint.save(tmp_path / "c.pt", state)
    again = checkpoint.load(tmp_path / "c.pt")
    assert torch.equal(again.pop("w"), state.pop("w"))
    assert again == state
    assert [path.name for path in tmp_path.iterdir()] == ["c.pt"]


def test_no_file(tmp_path):
    assert checkpoint.load(tmp_path / "c.pt") is None


@pytest.mark.parametrize("content", [b"", b"not a checkpoint", b"PK\x03\x04 cut off"])
def test_a_damaged_file_is_named(tmp_path, content):
    path = tmp_path / "c.pt"
    path.write_bytes(content)
    with pytest.raises(CourseError, match="c.pt cannot be read .*: delete it to start again"):
        checkpoint.load(path)


def test_a_file_that_was_cut(tmp_path):
    path = tmp_path / "c.pt"
    checkpoint.save(path, {"w": torch.randn(1000)})
    path.write_bytes(path.read_bytes()[:2000])
    with pytest.raises(CourseError, match="cannot be read"):
        checkpoint.load(path)


class Surprise:
    def __reduce__(self):
        return (print, ("this must not run",))


def test_nothing_in_the_file_is_executed(tmp_path, capsys):
    torch.save({"updates": Surprise()}, tmp_path / "c.pt")
    with pytest.raises(CourseError, match="cannot be read"):
        checkpoint.load(tmp_path / "c.pt")
    assert capsys.readouterr().out == ""


def draws():
    return [torch.randn(3).tolist(), np.random.rand(3).tolist(), random.random()]


def test_random_numbers_go_on_where_they_were(tmp_path):
    draws()
    np.random.randn()  # leaves a second normal number behind
    random.gauss(0, 1)
    checkpoint.save(tmp_path / "c.pt", {"random": checkpoint.random_state()})
    expected = [draws(), np.random.randn(), random.gauss(0, 1)]
    draws()
    checkpoint.restore_random(checkpoint.load(tmp_path / "c.pt")["random"])
    assert [draws(), np.random.randn(), random.gauss(0, 1)] == expected


def test_a_seed_is_that_of_all_three_and_may_be_large():
    def drawn(seed):
        checkpoint.seed_everything(seed)
        return draws()

    torchs, numpys, pythons = drawn(7)
    assert torchs == torch.randn(3, generator=torch.Generator().manual_seed(7)).tolist()
    assert numpys == np.random.RandomState(7).rand(3).tolist()
    assert pythons == random.Random(7).random()
    large = drawn(2**32 + 7)  # NumPy takes 32 bits
    assert large[1] == numpys and large[2] != pythons


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (RuntimeError("one\ntwo"), "one"),
        (RuntimeError("x" * 101), "x" * 100),
        (EOFError(), "EOFError"),
        (OSError("disk"), "disk"),
        (ValueError("v"), "v"),
        (KeyError("k"), "'k'"),
        (pickle.UnpicklingError("p"), "p"),
        (zipfile.BadZipFile("z"), "z"),
    ],
)
def test_why_a_file_cannot_be_read_is_said_in_a_line(tmp_path, monkeypatch, error, reason):
    def fail(path, map_location, weights_only):
        assert map_location == "cpu" and weights_only
        raise error

    monkeypatch.setattr(torch, "load", fail)
    (tmp_path / "c.pt").touch()
    with pytest.raises(CourseError) as caught:
        checkpoint.load(tmp_path / "c.pt")
    words = f"the checkpoint {tmp_path / 'c.pt'} cannot be read ({reason}): delete it to start"
    assert str(caught.value).startswith(words)
