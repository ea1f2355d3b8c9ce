"""What might make training faster and is not in the notebooks: does it help on this machine?

    python -m benchmarks.training_options [--device cpu] [--rounds 12] [--out FILE]

A step's forward and backward pass of each model with: the networks as they are; torch.compile; on
CUDA torch.compile with CUDA graphs; images stored with channels last; convolutions in bfloat16 on a
CPU. The ways take turns within a round.
"""

import argparse
import contextlib
import os
import statistics
import tempfile
import time
from pathlib import Path

import torch

from benchmarks.generated_part import replace_part
from benchmarks.measure import machine
from benchmarks.notebooks import session
from helpers.device import best_device, describe
from helpers.speed import fast_matmul


@contextlib.contextmanager
def short_convolutions():
    """Convolutions of float32 images in bfloat16, where the processor has it."""
    before = torch.backends.mkldnn.conv.fp32_precision
    torch.backends.mkldnn.conv.fp32_precision = "bf16"
    try:
        yield
    finally:
        torch.backends.mkldnn.conv.fp32_precision = before


def channels_last(network):
    return network.to(memory_format=torch.channels_last)


def ways(device):
    """{name: (what is done to a network, what is done around a step)}"""
    around = contextlib.nullcontext
    found = {
        "as it is": (lambda network: network, around),
        "torch.compile": (torch.compile, around),
        "channels last": (channels_last, around),
    }
    if device.type == "cuda":
        graphs = {"mode": "reduce-overhead"}
        found["with CUDA graphs"] = (lambda network: torch.compile(network, **graphs), around)
    else:
        found["channels last, bfloat16"] = (channels_last, short_convolutions)
    return found


def linear_gan(device, change):
    names = session("gan-mnist", "graded")
    return _game(device, change, names["discriminator"](), names["generator"](96))


def convolutional_gan(device, change):
    names = session("gan-mnist", "graded")
    return _game(device, change, names["build_dc_classifier"](), names["build_dc_generator"](96))


def _game(device, change, D, G):
    D, G = change(D.to(device)), change(G.to(device))
    real, z = 2 * torch.rand(128, 1, 28, 28) - 1, 2 * torch.rand(128, 96) - 1
    real, z = real.to(device), z.to(device)
    return lambda: (D(real).mean() + D(G(z)).mean()).backward()


def auto_encoder(device, change):
    names = session("vae", "graded")
    model, x = change(names["VAE"]().to(device)), torch.rand(128, 784, device=device)

    def step():
        recon, mu, log_var = model(x)
        names["loss_function"](recon, x, mu, log_var).backward()

    return step


def energy_model(device, change):
    names = session("ebm-mnist", "graded")
    model = change(names["CNNModel"]().to(device))
    x = 2 * torch.rand(32, 1, 28, 28, device=device) - 1
    return lambda: names["generate_samples"](model, x, steps=10)


STEPS = {
    "linear GAN": linear_gan,
    "convolutional GAN": convolutional_gan,
    "VAE": auto_encoder,
    "energy-based model, 10 Langevin steps": energy_model,
}


def seconds(make, device, rounds):
    """{way: (seconds of the first step, of a later one)}"""
    steps, first, later = {}, {}, {}
    for name, (change, around) in ways(device).items():
        steps[name] = make(device, change), around
        first[name] = _timed(*steps[name], device)
    for turn in range(rounds):
        for name in list(steps) if turn % 2 else reversed(steps):
            later.setdefault(name, []).append(_timed(*steps[name], device))
    return {name: (first[name], statistics.median(later[name])) for name in steps}


def _timed(step, around, device):
    start = time.perf_counter()
    with around(), fast_matmul():
        step()
    if device.type == "cuda":
        torch.cuda.synchronize()
    return time.perf_counter() - start


def table(device, rounds):
    names = list(ways(device))
    lines = [
        f"| a step of | {' | '.join(names)} | first compiled step |",
        "|---" * (len(names) + 2) + "|",
    ]
    for title, make in STEPS.items():
        found = seconds(make, device, rounds)
        cells = [f"{found[name][1] * 1e3:.1f} ms" for name in names]
        lines.append(f"| {title} | {' | '.join(cells)} | {found['torch.compile'][0]:.0f} s |")
        print(lines[-1], flush=True)
    where = describe(device) if device.type == "cuda" else f"{machine()}, {describe(device)}"
    return (
        f"Measured on {where}, torch {torch.__version__}; median of {rounds} rounds, the ways "
        "taking turns.\n\n" + "\n".join(lines) + "\n"
    )


def main():
    parser = argparse.ArgumentParser("python -m benchmarks.training_options", description=__doc__)
    parser.add_argument("--device", type=torch.device, default=None)
    parser.add_argument("--rounds", type=int, default=12)
    parser.add_argument("--out", type=Path, help="a page whose part between the marks is replaced")
    chosen = parser.parse_args()
    device = chosen.device or best_device()
    with tempfile.TemporaryDirectory() as folder:
        # A first step compiles, whatever an earlier run has left on the disk.
        os.environ["TORCHINDUCTOR_CACHE_DIR"] = folder
        text = table(device, chosen.rounds)
    print(text)
    if chosen.out:
        replace_part(chosen.out, f"tried-{device.type}", text)


if __name__ == "__main__":
    main()
