"""Train what the solution notebooks train, from any seed, and keep the result.

    python -m benchmarks.recipes vanilla --seeds 0 1 2 3 4 --out build/runs

writes ``build/runs/vanilla-0.safetensors`` and ``vanilla-0.json`` (losses, seconds, samples by
epoch) and so on; what is there already is not run again. Without names it lists the recipes.
"""

import argparse
import json
import platform
import random
import sys
import time
from pathlib import Path
from typing import Any

import torch

from benchmarks.measure import machine
from benchmarks.notebooks import session
from helpers import diffusion, submit
from helpers.device import describe
from helpers.networks import Discriminator, Generator, ImageFeatures
from helpers.training import History

# Networks by name, the losses, and samples by epoch.
Trained = tuple[dict[str, torch.nn.Module], History, Any]

# Part 8 of gan-mnist: what differs from the baseline, which is the vanilla recipe.
EXPERIMENTS = {
    "long-run": dict(epochs=100, keep_samples_at=(1, 10, 20, 50, 100)),
    "learning-rate-0_01": dict(learning_rate=0.01),
    "batch-100": dict(batch_size=100),
    "batch-256": dict(batch_size=256),
    "dropout": {},
    "minimax": {},
    "k-5": dict(k=5, learning_rate=1e-4),
}
# The model answer's improvement, as long as the baseline.
IMPROVEMENT = "label-smoothing"


def gan(
    seed: int,
    *,
    convolutional: bool = False,
    loss: str = "",
    dropout: bool = False,
    minimax: bool = False,
    smoothed: bool = False,
    **settings: Any,
) -> Trained:
    """A game of gan-mnist; returns (networks by name, History, samples by epoch)."""
    names = session("gan-mnist")
    torch.manual_seed(seed)
    if convolutional:
        D, G = names["build_dc_classifier"](), names["build_dc_generator"](names["NOISE_DIM"])
    else:
        build = "dropout_discriminator" if dropout else "discriminator"
        # The notebook's own seeds, 1 and 2, are those of the first run.
        D = names[build](seed=2 * seed + 1)
        G = names["generator"](names["NOISE_DIM"], seed=2 * seed + 2)
    g_loss = names["minimax_generator_loss" if minimax else loss + "generator_loss"]
    d_loss = names["smoothed_discriminator_loss" if smoothed else loss + "discriminator_loss"]
    run = names["train"](D, G, d_loss, g_loss, **settings)
    return {"G": run.G}, run.history, run.samples


def energy(seed: int) -> Trained:
    """The energy-based model of ebm-mnist."""
    names = session("ebm-mnist")
    torch.manual_seed(seed + 1)
    random.seed(seed + 1)
    model = names["CNNModel"]().to(names["device"])
    sampler = names["Sampler"](model, (1, 28, 28), sample_size=names["BATCH_SIZE"])
    history, samples = names["train"](model, sampler)
    return {"model": model}, history, samples


def auto_encoder(seed: int, network: str = "VAE", loss: str = "loss_function") -> Trained:
    """A variational auto-encoder of vae."""
    names = session("vae")
    torch.manual_seed(seed + 1)
    run = names["train"](names[network](), names[loss])
    return {"model": run.model}, run.test, {}


def fashion(seed: int, loss: str, **settings: Any) -> Trained:
    """One of the games of gan-fashion."""
    names = session("gan-fashion")
    device, conditional = names["device"], loss.startswith("conditional")
    torch.manual_seed(seed + 1)
    g = Generator(n_classes=10 if conditional else 0).to(device)
    if conditional:
        features = ImageFeatures()
        d = names["ProjectionDiscriminator"](features, features.dim, 10).to(device)
    else:
        d = Discriminator().to(device)
    history, sheets = names["train"](names[loss], g, d, **settings)
    return {"G": g}, history, sheets


def denoising(seed: int, kind: str, *, simple: bool = False) -> Trained:
    """A network of diffusion-mnist, ``noise`` or ``velocity``; with its snapshots by update.

    simple: with the loss of part 4 as it is, in which errors count as they are at all times.
    """
    names = session("diffusion-mnist")

    def simple_loss(model, x, y):
        kept = names["drop_labels"](y, 0.1, diffusion.NULL)
        return names["ddpm_loss"](lambda x_t, t: model(x_t, t, kept), x, names["alpha_bars"])

    torch.manual_seed(seed + 1)
    network = names[f"{kind}_network"]().to(names["device"])
    run = diffusion.train(
        network, simple_loss if simple else names[f"{kind}_loss"], names["train_images"],
        names["STEPS"], batch_size=names["BATCH_SIZE"],
    )  # fmt: skip
    return {"model": run.model}, run.history, run.snapshots


RECIPES = {
    "vanilla": lambda seed: gan(seed, epochs=10, keep_samples_at=(1, 2, 5, 10)),
    "least-squares": lambda seed: gan(seed, loss="ls_", epochs=10, keep_samples_at=(1, 2, 5, 10)),
    "convolutional": lambda seed: gan(
        seed, convolutional=True, epochs=3, keep_samples_at=(1, 2, 3)
    ),
    IMPROVEMENT: lambda seed: gan(seed, smoothed=True, epochs=10, keep_samples_at=(1, 2, 5, 10)),
    "energy": energy,
    "vae": auto_encoder,
    "vae-full": lambda seed: auto_encoder(seed, "FullVAE", "full_loss"),
    "noise": lambda seed: denoising(seed, "noise"),
    "noise-simple-loss": lambda seed: denoising(seed, "noise", simple=True),
    "velocity": lambda seed: denoising(seed, "velocity"),
    "nonsaturating": lambda seed: fashion(seed, "loss_nonsaturating"),
    "conditional": lambda seed: fashion(seed, "conditional_loss_nonsaturating"),
    "wasserstein-gp": lambda seed: fashion(seed, "loss_wasserstein_gp"),
    "wasserstein-gp-5": lambda seed: fashion(seed, "loss_wasserstein_gp", critic_steps=5),
    **{
        name: lambda seed, name=name: gan(
            seed,
            dropout=name == "dropout",
            minimax=name == "minimax",
            **{"epochs": 10, **EXPERIMENTS[name]},
        )
        for name in EXPERIMENTS
    },
}


def run(name: str, seed: int, out: Path | str) -> dict[str, Any]:
    """Train one recipe from one seed, and keep it; returns its card."""
    path = Path(out, f"{name}-{seed}.json")
    if path.exists():
        return json.loads(path.read_text("utf-8"))
    start, cpu = time.perf_counter(), time.process_time()
    networks, history, samples = RECIPES[name](seed)
    seconds = time.perf_counter() - start
    (network,) = networks.values()
    device = next(network.parameters()).device
    torch.save(samples, Path(out, f"{name}-{seed}.samples.pt"))
    submit.save_model(
        f"{name}-{seed}",
        network,
        folder=str(out),
        recipe=name,
        seed=seed,
        seconds=seconds,
        cpu_seconds=time.process_time() - cpu,
        where=describe(device),
        machine=f"{machine()}, {platform.system()}",
        steps=len(history),
        losses={loss: history.series(loss) for loss in history.names},
    )
    return json.loads(path.read_text("utf-8"))


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.recipes", description=__doc__)
    parser.add_argument("recipes", nargs="*", choices=[*RECIPES, []], metavar="RECIPE")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0])
    parser.add_argument("--out", type=Path, default=Path("build", "runs"))
    chosen = parser.parse_args()
    if not chosen.recipes:
        print("\n".join(RECIPES))
        return
    chosen.out.mkdir(parents=True, exist_ok=True)
    for seed in chosen.seeds:
        for name in chosen.recipes:
            card = run(name, seed, chosen.out)
            print(f"{name} {seed}: {card['seconds']:.0f} s, {card['steps']} steps", flush=True)


if __name__ == "__main__":
    sys.exit(main())
