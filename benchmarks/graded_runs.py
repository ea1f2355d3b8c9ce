"""A run of benchmarks.recipes as the grader sees it when it is handed in."""

from pathlib import Path

from autograder.judging.trained.model import measured
from autograder.judging.trained.rejection import Refused
from benchmarks import measures
from helpers.networks import Generator
from tests import own_course

# Recipe: the trained model, its assignment, and the function or class whose weights they are.
MODELS = {
    "vanilla": ("gan-mnist.vanilla_trained", "gan-mnist", "generator"),
    "least-squares": ("gan-mnist.least_squares_trained", "gan-mnist", "generator"),
    "convolutional": ("gan-mnist.convolutional_trained", "gan-mnist", "build_dc_generator"),
    "energy": ("ebm-mnist.digits_trained", "ebm-mnist", "CNNModel"),
    "vae": ("vae.codes_trained", "vae", "VAE"),
    "noise": ("diffusion-mnist.noise_trained", "diffusion-mnist", "noise_network"),
    "velocity": ("diffusion-mnist.velocity_trained", "diffusion-mnist", "velocity_network"),
    "nonsaturating": ("gan-fashion.nonsaturating_trained", "gan-fashion", None),
    "conditional": ("gan-fashion.conditional_trained", "gan-fashion", None),
    "wasserstein-gp": ("gan-fashion.wasserstein_trained", "gan-fashion", None),
}


def judged(recipe: str, path: Path) -> dict[str, float]:
    """The grader's numbers of one run, {measure: value}; {} for a recipe that nobody hands in."""
    if recipe not in MODELS:
        return {}
    model_id, assignment, name = MODELS[recipe]
    model = own_course.find(model_id)
    # The generators of gan-fashion are given.
    build = measures.notebook(assignment)[name] if name else Generator
    try:
        return measured(model, build, {f"models/{model.file}.safetensors": path})
    except Refused as refused:
        raise SystemExit(f"{path}: {refused}") from None
