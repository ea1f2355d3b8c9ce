"""Train the small generator and the small energy that the tests hand in, on real MNIST.

    python -m tests.autograder.judging.trained.make_small

takes about two minutes on one core; the weights are kept as float16, beside this file.
"""

import sys
from pathlib import Path

import torch
import torch.nn.functional as F
from safetensors.torch import save_file
from torch import nn

from helpers import data
from helpers.errors import CourseError

FOLDER = Path(__file__).parent
SIZE, EPOCHS, SEED = 16, 6, 0


def small_generator():
    """Noise (N, 16) to images (N, 784) in [-1, 1]; 103,184 parameters."""
    return nn.Sequential(nn.Linear(SIZE, 128), nn.ReLU(), nn.Linear(128, 784), nn.Tanh())


def train_generator(images):
    """The decoder of a variational auto-encoder, which is quick to train."""
    torch.manual_seed(SEED)
    decoder = small_generator()
    encoder = nn.Sequential(nn.Linear(784, 256), nn.ReLU(), nn.Linear(256, 2 * SIZE))
    solver = torch.optim.Adam([*encoder.parameters(), *decoder.parameters()], lr=1e-3)
    order = torch.Generator().manual_seed(SEED)
    for epoch in range(EPOCHS):
        for x, _ in data.batches(images, 128, generator=order, drop_last=True):
            x = x.flatten(1)
            mu, log_var = encoder(x).chunk(2, dim=1)
            drawn = decoder(mu + (log_var / 2).exp() * torch.randn_like(mu))
            nats = F.binary_cross_entropy((drawn + 1) / 2, x, reduction="sum")
            divergence = (log_var.exp() + mu**2 - 1 - log_var).sum() / 2
            solver.zero_grad()
            ((nats + divergence) / len(x)).backward()
            solver.step()
        print(f"epoch {epoch + 1}: {(nats + divergence).item() / len(x):.1f} nats", flush=True)
    return decoder


def main():
    torch.set_num_threads(1)
    images = data.load("mnist", "train")
    if images.name != "mnist":
        raise CourseError("make_small needs MNIST and found the offline digits: set COURSE_DATA.")
    weights = train_generator(images).state_dict()
    save_file({key: each.half() for key, each in weights.items()}, FOLDER / "small.safetensors")


if __name__ == "__main__":
    try:
        sys.exit(main())
    except CourseError as error:
        print(error, file=sys.stderr)
        sys.exit(2)
