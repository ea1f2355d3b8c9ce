"""Measure a model that was saved for handing in as the grader will, before it is handed in.

The grader draws other noise and other images, and looks for tricks as well; measures and bars are
the same.
"""

from collections.abc import Callable, Mapping
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor, nn

from helpers import budget, data, diffusion
from helpers.bounds import FOLDER
from helpers.errors import CourseError
from helpers.quality import trained

SEED = 0


def generator(
    name: str,
    build: Callable[[], nn.Module],
    bars: Mapping[str, float],
    *,
    noise: Callable[..., Tensor] = torch.randn,
    size: int = 64,
    classes: int = 0,
    of: str = "mnist",
) -> None:
    """Print what ``models/NAME.safetensors`` draws, measured, beside its bars.

    Nothing happens while a notebook is graded, and with the quick budget.

    Args:
        build: gives the untrained network: noise (N, size) to images in [-1, 1], and with
            ``classes`` also labels int64 (N,).
        bars: the value that each measure has to reach, by the names in helpers.quality.trained.
        noise: ``torch.randn``, or ``torch.rand`` for noise that is uniform on [-1, 1].
        of: the data set, ``mnist`` or ``fashion-mnist``.

    Raises:
        CourseError: there is no such file, or its weights are those of another network.
    """

    def measured(network):
        source = torch.Generator().manual_seed(SEED)
        z = noise(trained.PICTURES, size, generator=source)
        z = 2 * z - 1 if noise is torch.rand else z
        labels = torch.arange(len(z)) % classes if classes else None
        parts = zip(z.split(100), (z if labels is None else labels).split(100), strict=True)
        images = [network(a) if labels is None else network(a, b) for a, b in parts]
        return trained.of_pictures((torch.cat(images).flatten(1) + 1) / 2, of, labels)

    _show(name, build, bars, measured)


def energy(name: str, build: Callable[[], nn.Module], bars: Mapping[str, float]) -> None:
    """As ``generator``, for a network that gives f = -E for images (N, 1, 28, 28) in [-1, 1]."""

    def measured(network):
        kinds = (_real("mnist"), _noise(), _real("fashion-mnist"))
        energies = [-_score(network, 2 * images - 1) for images in kinds]
        return trained.of_energies(*energies)

    _show(name, build, bars, measured)


def codes(name: str, build: Callable[[], nn.Module], bars: Mapping[str, float]) -> None:
    """As ``generator``, for a network with ``encoder`` and ``decoder``, as the notebook vae has."""

    def measured(network):
        source = torch.Generator().manual_seed(SEED)
        x = _real("mnist").flatten(1)
        mu, log_var = network.encoder(x)
        epsilon = torch.randn(mu.shape, generator=source)
        found = trained.of_codes(
            x, mu, log_var, network.decoder(mu + (log_var / 2).exp() * epsilon)
        )
        z = torch.randn(trained.PICTURES, mu.shape[1], generator=source)
        return found | trained.of_pictures(network.decoder(z))

    _show(name, build, bars, measured)


def denoiser(
    name: str,
    build: Callable[[], nn.Module],
    bars: Mapping[str, float],
    alpha_bars: Tensor,
    step: Callable[..., Tensor],
) -> None:
    """As ``generator``, for a network that gives the noise in x_t, called as model(x_t, t, y).

    Args:
        alpha_bars: (T,), of the schedule with which it was trained.
        step: the notebook's ddim_step, which draws the pictures.
    """

    def measured(network):
        labels = _ordered()
        images = diffusion.denoised(
            network, _start(), alpha_bars.cpu(), trained.CALLS, step, labels=labels, eta=1.0
        )
        return trained.of_pictures(images, "mnist", labels)

    _show(name, build, bars, measured)


def velocity(
    name: str, build: Callable[[], nn.Module], bars: Mapping[str, float], walk: Callable
) -> None:
    """As ``generator``, for a velocity network, called as model(x, t, y).

    Args:
        walk: the notebook's euler_sample, which draws the pictures.
    """

    def measured(network):
        labels = _ordered()
        images = diffusion.transported(network, _start(), trained.CALLS, walk, labels=labels)
        return trained.of_pictures(images, "mnist", labels)

    _show(name, build, bars, measured)


@torch.no_grad()
def _show(name, build, bars, measure):
    if budget.is_quick():
        return
    path = Path(FOLDER, f"{name}.safetensors")
    network = build().cpu()
    try:
        network.load_state_dict(load_file(path))
    except FileNotFoundError:
        raise CourseError(f"there is no {path}: run the cell that saves the model first.") from None
    except (OSError, RuntimeError, SafetensorError):
        raise CourseError(
            f"{path} holds the weights of another network: train and save the model again."
        ) from None
    found = measure(network.eval())
    for each, bar in bars.items():
        sign = "✓" if trained.is_met(each, found[each], bar) else "✗"
        print(f"{sign} {trained.sentence(each, found[each], bar)}")


def _start():
    return diffusion.noises(trained.SAMPLED, SEED)


def _ordered():
    return torch.arange(trained.SAMPLED) % diffusion.CLASSES


def _real(name):
    images = data.load(name, "test")
    return images.scaled(slice(0, min(len(images), trained.IMAGES)))


def _noise():
    return torch.rand(trained.IMAGES, 1, 28, 28, generator=torch.Generator().manual_seed(SEED))


def _score(network, images):
    return torch.cat([network(part).reshape(-1) for part in images.split(100)])
