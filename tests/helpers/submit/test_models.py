"""Models and their cards."""

import hashlib
import json
import os
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors import safe_open
from safetensors.torch import load_file
from torch import nn

from helpers.errors import CourseError
from helpers.submit import save_model


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("NBGRADER_EXECUTION", raising=False)


def test_weights_come_back_and_the_card_tells_of_them(capsys):
    module = nn.Sequential(nn.Linear(4, 3), nn.BatchNorm1d(3))
    shown = save_model(
        "dc-gan_1",
        module,
        steps=100,
        seconds=np.float32(2.5),
        losses={"D": torch.tensor(1.25), "G": [0.5, float("nan")]},
    )
    said = "Your model is saved: models/dc-gan_1.safetensors (0.0 MB).\n"
    assert shown is None and capsys.readouterr().out == said
    path = Path("models", "dc-gan_1.safetensors")
    kept = load_file(path)
    for name, value in module.state_dict().items():
        assert torch.equal(kept[name], value)
    card = json.loads(path.with_suffix(".json").read_text())
    assert card["sha256"] == hashlib.sha256(path.read_bytes()).hexdigest()
    assert card["parameters"] == 4 * 3 + 3 + 6
    assert (card["device"], card["module"], card["budget"]) == ("cpu", "Sequential", "full")
    assert (card["steps"], card["seconds"]) == (100, 2.5)
    assert card["losses"] == {"D": 1.25, "G": [0.5, "nan"]}
    assert card["kit"] and card["torch"] == torch.__version__


def test_weights_that_share_memory_and_slices():
    module = nn.Linear(3, 3)
    module.other = nn.Linear(3, 3)
    module.other.weight = module.weight
    module.register_buffer("slice", torch.arange(12.0).reshape(3, 4).T)
    save_model("tied", module)
    kept = load_file("models/tied.safetensors")
    assert torch.equal(kept["weight"], kept["other.weight"])
    assert torch.equal(kept["slice"], module.slice)


@pytest.mark.parametrize("name", ["", "a/b", "../a", "a b", ".a", "nul", "COM1", "x" * 61, "ä"])
def test_what_is_no_name(name):
    with pytest.raises(CourseError, match="use letters, digits"):
        save_model(name, nn.Linear(1, 1))
    assert not os.listdir()


def test_a_module_without_weights():
    with pytest.raises(CourseError, match="ReLU, which has no weights"):
        save_model("a", nn.ReLU())


def test_a_fact_that_is_none():
    with pytest.raises(CourseError, match="cannot keep a fact: object is neither"):
        save_model("a", nn.Linear(1, 1), strange=object())
    assert not os.listdir()


def test_a_failed_write_keeps_the_old_model(monkeypatch):
    save_model("a", nn.Linear(1, 1))
    path = Path("models", "a.safetensors")
    before = path.read_bytes()

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(CourseError, match="could not be written"):
        save_model("a", nn.Linear(1, 1))
    assert path.read_bytes() == before
    assert sorted(os.listdir("models")) == ["a.json", "a.safetensors"]


@pytest.mark.parametrize("name", ["a", "x" * 60, "A-b_9", "console", "com10x", "9"])
def test_what_is_a_name(name):
    save_model(name, nn.Linear(1, 1), folder="there")
    assert sorted(os.listdir("there")) == [f"{name}.json", f"{name}.safetensors"]


@pytest.mark.parametrize("name", ["con", "PRN", "aux", "lpt9", "com0"])
def test_names_that_windows_keeps(name):
    with pytest.raises(CourseError, match="use letters, digits, - and _"):
        save_model(name, nn.Linear(1, 1))


def test_facts_become_what_json_holds(capsys):
    save_model(
        "a",
        nn.Linear(1, 1),
        place=Path("x"),
        device=torch.device("cpu"),
        infinite=float("inf"),
        nothing=None,
        truth=True,
        pairs=((1, 2.5), [np.int64(3)]),
        table={1: {"a": torch.tensor([1, 2])}},
        words="w",
    )
    card = json.loads(Path("models/a.json").read_text())
    assert {key: card[key] for key in ("place", "device", "infinite", "nothing", "truth")} == {
        "place": "x", "device": "cpu", "infinite": "inf", "nothing": None, "truth": True,
    }  # fmt: skip
    assert card["pairs"] == [[1, 2.5], [3]] and card["table"] == {"1": {"a": [1, 2]}}
    assert card["name"] == "a" and card["file"] == "a.safetensors" and card["words"] == "w"
    assert card["bytes"] == Path("models/a.safetensors").stat().st_size
    assert Path("models/a.json").read_text().startswith('{\n  "name": "a"')
    with safe_open("models/a.safetensors", "pt") as file:
        assert file.metadata() == {"name": "a"}


@pytest.mark.parametrize(
    ("variable", "value", "written"),
    [
        ("NBGRADER_EXECUTION", "autograde", False),
        ("COURSE_BUDGET", "graded", False),
        ("COURSE_BUDGET", "quick", True),
    ],
)
def test_nothing_is_saved_while_a_notebook_is_graded(monkeypatch, variable, value, written):
    monkeypatch.setenv(variable, value)
    with pytest.raises(CourseError):  # a mistake is one all the same
        save_model("a/b", nn.Linear(1, 1))
    save_model("a", nn.Linear(1, 1))
    assert os.path.exists("models") is written
