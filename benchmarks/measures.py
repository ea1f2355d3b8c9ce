"""Measure a trained network of benchmarks.recipes as the grader does."""

import functools
import json
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
from safetensors.torch import load_file
from torch import Tensor, nn

from benchmarks.notebooks import session
from helpers import data, diffusion, quality
from helpers.networks import Generator

SAMPLES = 5_000
# Of a network that is asked again and again, for each sample: as good as 20, with noise on the way
# (eta = 1) and by Euler's method.
CALLS = {"noise": 10, "velocity": 10}
ETA = 1.0
# The weight of guidance, where it is measured; each step then takes two calls.
GUIDANCE = 0.5
# Of an energy-based model: fewer samples, as each is the end of a chain, as long as its notebook's.
CHAINS, CHAIN_STEPS = 1_000, 256
KIND = {
    "energy": "energy",
    "vae": "vae",
    "vae-full": "tilted",
    "noise": "noise",
    "noise-simple-loss": "noise",
    "velocity": "velocity",
    "nonsaturating": "fashion",
    "conditional": "fashion",
    "wasserstein-gp": "fashion",
    "wasserstein-gp-5": "fashion",
}


def measure(name: str, path: Path) -> dict[str, float]:
    """The measures of one run as a dict."""
    kind = KIND.get(name, "digits")
    how = {
        "energy": energies,
        "vae": codes,
        "tilted": tilted_bound,
        "noise": sampled_digits,
        "velocity": sampled_digits,
        "fashion": clothes,
        "digits": digits,
    }[kind]
    model = network(name, path)
    found = how(model)
    return found | guided_digits(model) if name == "noise" else found


@functools.cache
def notebook(assignment: str) -> dict[str, Any]:
    return session(assignment)


def network(name: str, path: Path) -> nn.Module:
    """The recipe's network with the weights of a run."""
    kind = KIND.get(name, "digits")
    if kind == "fashion":
        model = Generator(n_classes=10 if name == "conditional" else 0)
    elif kind in ("noise", "velocity"):
        model = notebook("diffusion-mnist")[f"{kind}_network"]()
    elif kind == "digits":
        names = notebook("gan-mnist")
        build = "build_dc_generator" if name == "convolutional" else "generator"
        model = names[build](names["NOISE_DIM"])
    else:
        names = notebook("ebm-mnist" if kind == "energy" else "vae")
        model = names[{"energy": "CNNModel", "vae": "VAE", "tilted": "FullVAE"}[kind]]()
    model.load_state_dict(load_file(path))
    return model.eval().requires_grad_(False)


def draw(G: nn.Module, n: int = SAMPLES, seed: int = 7) -> Tensor:
    """Images (n, 1, 28, 28) in [0, 1] of a generator of gan-mnist, from noise of one seed."""
    names = notebook("gan-mnist")
    return names["generate"](G.to(names["device"]), names["sample_noise"](n, 96, seed=seed))


def draw_clothes(G: Generator, labels: Tensor, seed: int = 7) -> Tensor:
    """Images (n, 1, 28, 28) in [0, 1] of a generator of gan-fashion, one for each label."""
    z = torch.randn(len(labels), G.dim_z, generator=torch.Generator().manual_seed(seed))
    parts = [
        G(a, b) if G.n_classes else G(a)
        for a, b in zip(z.split(250), labels.split(250), strict=True)
    ]
    return (torch.cat(parts) + 1) / 2


def digits(G: nn.Module) -> dict[str, float]:
    """Distance and spread of 5,000 digits against 5,000 real test images."""
    return sample_measures(draw(G), "mnist")


def draw_sampled(
    model: diffusion.UNet, n: int = SAMPLES, seed: int = 7, calls: int = 0, eta: float = ETA
) -> Tensor:
    """Images (n, 1, 28, 28) in [0, 1], image i of class i modulo 10: DDIM, or Euler's method."""
    if model.mix is not diffusion.velocity_mix:
        return _denoised(model, n, seed, calls or CALLS["noise"], eta)
    return diffusion.transported(
        model, diffusion.noises(n, seed), calls or CALLS["velocity"],
        notebook("diffusion-mnist")["euler_sample"], labels=torch.arange(n) % diffusion.CLASSES,
    )  # fmt: skip


def _denoised(asked, n, seed, calls, eta):
    names = notebook("diffusion-mnist")
    return diffusion.denoised(
        asked, diffusion.noises(n, seed), names["alpha_bars"].cpu(), calls, names["ddim_step"],
        labels=torch.arange(n) % diffusion.CLASSES, eta=eta,
    )  # fmt: skip


def draw_guided(model: diffusion.UNet, w: float, n: int, seed: int = 7) -> Tensor:
    """As ``draw_sampled``, with guidance of weight w, in as many steps; -1 leaves the class out."""
    names = notebook("diffusion-mnist")

    def asked(x, t, y):
        null = torch.full_like(y, diffusion.NULL)
        both = model(torch.cat([x, x]), torch.cat([t, t]), torch.cat([y, null]))
        return names["guided"](*both.chunk(2), w)

    return _denoised(asked, n, seed, CALLS["noise"], ETA)


def sampled_digits(model: diffusion.UNet) -> dict[str, float]:
    """As ``digits``, for a network that is asked again and again, and told which digit to draw.

    With the share of images of the wanted class.
    """
    found = sample_measures(images := draw_sampled(model), "mnist")
    return found | _as_ordered(images, "mnist")


def guided_digits(model: diffusion.UNet) -> dict[str, float]:
    """As ``sampled_digits``, with guidance: the names of the measures begin with "guided"."""
    images = draw_guided(model, GUIDANCE, SAMPLES)
    found = sample_measures(images, "mnist") | _as_ordered(images, "mnist")
    return {f"guided {name}": value for name, value in found.items()}


def clothes(G: Generator) -> dict[str, float]:
    """The same for clothes; if G is conditional also the share of images of the wanted class."""
    labels = torch.arange(SAMPLES) % 10
    images = draw_clothes(G, labels)
    found = sample_measures(images, "fashion-mnist")
    if G.n_classes:
        found |= _as_ordered(images, "fashion-mnist")
    return found


def _as_ordered(images, kind):
    """{class_accuracy: the share of images whose class is their number modulo 10}."""
    classifier = quality.load_classifier(kind)
    with torch.no_grad():
        named = classifier.head(quality.features(classifier, images)).argmax(1)
    right = named == torch.arange(len(images)) % 10
    return {"class_accuracy": right.float().mean().item()}


@functools.cache
def _real(kind):
    test, train = (data.load(kind, split) for split in ("test", "train"))
    classifier = quality.load_classifier(kind)
    return classifier, quality.features(classifier, test.scaled(slice(0, SAMPLES))), test, train


def sample_measures(images: Tensor, kind: str) -> dict[str, float]:
    classifier, real, test, train = _real(kind)
    found = quality.features(classifier, images)
    shares = quality.class_shares(classifier, images)
    precision, recall = quality.precision_recall(real, found)
    return {
        "frechet": quality.frechet_distance(real, found),
        "coverage": quality.coverage(shares),
        "balance": quality.balance(shares),
        "precision": precision,
        "recall": recall,
    }


def energies(model: nn.Module) -> dict[str, float]:
    """The areas, and distance and spread of 1,000 samples against 5,000 real test images."""
    return areas(model) | sample_measures(chains(model), "mnist")


def areas(model: nn.Module) -> dict[str, float]:
    """AUROC of the energy on 2,000 test digits against other images."""
    from sklearn.metrics import roc_auc_score  # slow to import, and used here alone

    torch.manual_seed(6)
    test = 2 * data.load("mnist", "test").scaled(slice(0, 2000)) - 1
    others = {
        "uniform noise": 2 * torch.rand_like(test) - 1,
        "normal noise": torch.randn_like(test).clamp(-1, 1),
        "noisy digits": (test + 0.5 * torch.randn_like(test)).clamp(-1, 1),
        "inverted": -test,
        "left-right": test.flip(3),
        "upside down": test.flip(2),
        "turned by 90°": test.rot90(1, (2, 3)),
        "half size": F.pad(F.interpolate(test, size=(14, 14), mode="area"), (7,) * 4, value=-1.0),
        "Fashion-MNIST": 2 * data.load("fashion-mnist", "test").scaled(slice(0, 2000)) - 1,
    }
    scores = {name: -model(x).flatten() for name, x in {"digits": test, **others}.items()}
    truth = torch.cat([torch.zeros(2000), torch.ones(2000)])
    return {
        name: float(roc_auc_score(truth, torch.cat([scores["digits"], scores[name]])))
        for name in others
    }


def chains(model: nn.Module, n: int = CHAINS) -> Tensor:
    """Images (n, 1, 28, 28) in [0, 1]: where Langevin chains from uniform noise end."""
    torch.manual_seed(7)
    walk = notebook("ebm-mnist")["generate_samples"]
    starts = (2 * torch.rand(n, 1, 28, 28) - 1).split(250)
    ends = torch.cat([walk(model, start, CHAIN_STEPS, 10).detach() for start in starts])
    return ((ends + 1) / 2).clamp(0, 1)


def bound(model: nn.Module) -> dict[str, float]:
    """The negative bound of 10,000 test images in nats, ten codes drawn for each."""
    x = data.load("mnist", "test").scaled().flatten(1)
    torch.manual_seed(8)
    mu, log_var = model.encoder(x)
    divergence = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(1).mean()
    reconstruction = torch.stack(
        [
            F.binary_cross_entropy(
                model.decoder(mu + (log_var / 2).exp() * torch.randn_like(mu)), x, reduction="sum"
            )
            / len(x)
            for _ in range(10)
        ]
    ).mean()
    return {
        "nats": (reconstruction + divergence).item(),
        "reconstruction": reconstruction.item(),
        "divergence": divergence.item(),
    }


def codes(model: nn.Module) -> dict[str, float]:
    """The bound, and distance and spread of 5,000 samples against 5,000 real test images."""
    z = torch.randn(SAMPLES, 2, generator=torch.Generator().manual_seed(7))
    return bound(model) | sample_measures(model.decoder(z), "mnist")


def tilted_bound(model: nn.Module) -> dict[str, float]:
    """As ``bound``, for codes with a full covariance: both halves from ten draws."""
    x, names = data.load("mnist", "test").scaled(), notebook("vae")
    torch.manual_seed(8)
    nats, halves = [], []
    for _ in range(10):
        recon, mu, drawn = model(x)
        nats.append(names["full_loss"](recon, x, mu, drawn) / len(x))
        halves.append(names["reconstruction_loss"](recon, x) / len(x))
    total, reconstruction = torch.stack(nats).mean(), torch.stack(halves).mean()
    return {
        "nats": total.item(),
        "reconstruction": reconstruction.item(),
        "divergence": (total - reconstruction).item(),
    }


def runs(name: str, folder: Path | str) -> dict[int, tuple[dict[str, Any], Path]]:
    """{seed: (card, weights)} of every run of a recipe in the folder."""
    found = {}
    for card in sorted(Path(folder).glob(f"{name}-*.json")):
        seed = card.stem.removeprefix(f"{name}-")
        if seed.isdigit():
            found[int(seed)] = json.loads(card.read_text("utf-8")), card.with_suffix(".safetensors")
    return dict(sorted(found.items()))
