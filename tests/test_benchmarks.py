"""The benchmarks' view of the notebooks holds: a renamed cell or function is noticed here."""

import os

import pytest
import torch

from benchmarks import measures, recipes
from benchmarks.loops import CONTESTS, WAYS
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
