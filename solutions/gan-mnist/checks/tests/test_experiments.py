"""Part 8's cell of experiments, run again after an interruption."""

import json
from pathlib import Path

import pytest

NOTEBOOK = Path(__file__).parents[2] / "gan-mnist.ipynb"


@pytest.fixture
def session():
    """run(cell id), and the runs that were made, in order."""
    cells = json.loads(NOTEBOOK.read_text("utf-8"))["cells"]
    sources = {cell["id"]: "".join(cell["source"]) for cell in cells}
    made = []

    class Budget:
        choose = staticmethod(lambda full, **others: full)

    def train(D, G, **settings):
        if settings["epochs"] == "interrupted":
            raise KeyboardInterrupt
        made.append(settings)
        return settings

    names = {"budget": Budget, "train": train, "NOISE_DIM": 96}
    names |= dict.fromkeys(
        ("discriminator", "generator", "discriminator_loss", "generator_loss"), lambda *_, **__: 0
    )
    return lambda cell: exec(sources[cell], names), names, made


def test_what_has_been_trained_is_not_trained_again(session):
    run, names, made = session
    run("runner")
    names["experiments"] = {
        "baseline": {},
        "k = 5": {"k": 5},
        "long run": {"epochs": "interrupted"},
    }
    with pytest.raises(KeyboardInterrupt):
        run("run-experiments")
    names["experiments"]["long run"] = {"epochs": 100}
    run("run-experiments")
    assert [each["k"] for each in made] == [1, 5, 1] and made[-1]["epochs"] == 100
    assert list(names["results"]) == ["baseline", "k = 5", "long run"]


def test_what_has_changed_is(session):
    run, names, made = session
    run("runner")
    names["experiments"] = {"minimax": {"generator_loss": lambda fakes: 1}, "batch": {"k": 2}}
    run("run-experiments")
    names["experiments"] = {"minimax": {"generator_loss": lambda fakes: 2}}
    run("run-experiments")
    assert len(made) == 3 and list(names["results"]) == ["minimax"]
