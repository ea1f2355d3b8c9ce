"""The benchmarks' view of the notebooks holds: a renamed cell or function is noticed here."""

import math
import os
from dataclasses import replace

import pytest
import torch

from benchmarks import bars, measures, recipes, records, tried
from benchmarks.loops import CONTESTS, WAYS
from benchmarks.marked import replace_part
from benchmarks.notebooks import session

WANTED = {
    "gan-mnist": ("train", "discriminator", "build_dc_generator", "dropout_discriminator"),
    "ebm-mnist": ("train", "CNNModel", "Sampler", "BATCH_SIZE"),
    "vae": ("train", "VAE", "loss_function", "latent_grid"),
    "gan-fashion": ("train", "ProjectionDiscriminator", "loss_wasserstein_gp"),
}
with_data = pytest.mark.skipif("COURSE_DATA" not in os.environ, reason="COURSE_DATA is not set")


@pytest.mark.parametrize("assignment", WANTED)
def test_a_session_has_what_the_recipes_use(assignment, monkeypatch):
    monkeypatch.setenv("COURSE_BUDGET", "full")
    names = session(assignment, budget="graded")
    assert all(callable(names[name]) or name.isupper() for name in WANTED[assignment])


@pytest.mark.slow
@with_data
@pytest.mark.parametrize("model", ["linear-gan", "ebm", "fashion-wgan"])
def test_every_way_moves_on(model, tmp_path, monkeypatch):
    monkeypatch.setenv("COURSE_BUDGET", "graded")
    contest = CONTESTS[model]("cpu", tmp_path)
    for way in WAYS:
        getattr(contest, way)(1)
    assert contest.watch.outside > 0


@pytest.mark.slow
@pytest.mark.parametrize("name", ["dropout", "energy", "vae", "conditional"])
def test_a_recipe_is_kept_and_measured_again(name, tmp_path, monkeypatch):
    monkeypatch.setenv("COURSE_BUDGET", "quick")
    monkeypatch.setattr(recipes, "session", lambda which: session(which, budget="quick"))
    card = recipes.run(name, 3, tmp_path)
    assert card["steps"] >= 1 and card["seed"] == 3
    ((again, path),) = measures.runs(name, tmp_path).values()
    assert again == card
    assert all(torch.isfinite(p).all() for p in measures.network(name, path).parameters())


RUN = records.Run(
    "vae", 0, "cpu", "a machine", "2.11", 15, 60.0, 58.5, {"loss": 142.0}, {"nats": 142.5},
    {"nats for a test image": 142.9, "Fréchet distance": 34.0},
)  # fmt: skip


def test_records_are_read_as_they_were_written_in_order(tmp_path):
    place = tmp_path / "runs.json"
    assert records.read(place) == []
    runs = [replace(RUN, seed=2), RUN, replace(RUN, recipe="energy"), replace(RUN, device="X1")]
    records.write(runs, place)
    assert records.read(place) == [runs[2], runs[3], runs[1], runs[0]]
    assert len(place.read_text().splitlines()) == len(runs) + 2
    # Runs on another device follow another recipe: more epochs.
    assert records.of_recipe("vae", records.read(place)) == [runs[1], runs[0]]
    assert records.of_recipe("vanilla", runs) == []


# One-sided tolerance factors for 95% confidence: Hahn and Meeker 1991, table A.12.
@pytest.mark.parametrize(
    ("n", "share", "factor"), [(5, 0.95, 4.203), (10, 0.95, 2.911), (10, 0.99, 3.981)]
)
def test_the_share_beyond_a_bar_is_that_of_the_published_factors(n, share, factor):
    values = [math.sin(i) for i in range(n)]
    row = torch.tensor(values, dtype=torch.float64)
    mean, deviation = row.mean().item(), row.std().item()
    above = bars.share_beyond(values, mean + factor * deviation, at_most=True)
    below = bars.share_beyond(values, mean - factor * deviation, at_most=False)
    assert above == pytest.approx(share, abs=3e-4) and below == pytest.approx(share, abs=3e-4)
    assert bars.share_beyond(values, mean + deviation, at_most=True) < share
    assert bars.share_beyond(values, mean - 3 * deviation, at_most=True) < 0.05


def test_equal_values_and_few_runs():
    assert bars.share_beyond([10, 10, 10], 8, at_most=False) == 1
    assert bars.share_beyond([10, 10, 10], 8, at_most=True) == 0
    assert math.isnan(bars.Row("a", "balance", (0.9, 0.8), 0.5).share)
    row = bars.Row("a", "Fréchet distance", (50.0, 55.0, 61.0, 49.0, 120.0), 110)
    assert (row.met, row.worst) == (4, 120)


@pytest.mark.slow
@pytest.mark.parametrize("model", tried.STEPS)
def test_each_model_takes_a_step_in_each_way(model, monkeypatch):
    monkeypatch.setenv("COURSE_BUDGET", "graded")
    every = tried.ways(torch.device("cpu"))
    # Compiling takes longer than all the rest of this file.
    few = {name: way for name, way in every.items() if "compile" not in name}
    assert len(few) == len(every) - 1
    monkeypatch.setattr(tried, "ways", lambda device: few)
    found = tried.seconds(tried.STEPS[model], torch.device("cpu"), rounds=2)
    assert set(found) == set(few)
    assert all(first > 0 and later > 0 for first, later in found.values())


def test_a_part_of_a_page_is_replaced(tmp_path):
    page = tmp_path / "page.md"
    page.write_text("before\n<!-- a -->\nold\n<!-- a -->\nafter\n<!-- b -->\n<!-- b -->\n")
    replace_part(page, "a", "new\n")
    assert page.read_text() == (
        "before\n<!-- a -->\nnew\n<!-- a -->\nafter\n<!-- b -->\n<!-- b -->\n"
    )
