"""Warm up matplotlib, torch and IPython: draw, train and fail once, so that forks need not."""

import io
import sys


def take() -> None:
    """Draw a figure, take a training step through the notebooks' layers, and show an error."""
    _draw()
    train()
    _fail()


def _draw() -> None:
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    axes.plot([1, 10], [1, 10], label="$x$")
    axes.set(title="$0$", yscale="log")
    axes.legend()
    figure.savefig(io.BytesIO(), format="png")


def train() -> None:
    """Take one training step, on one thread so that the process can still be forked."""
    import torch
    from torch import nn

    torch.set_num_threads(1)
    net = nn.Sequential(
        nn.Linear(4, 2 * 14 * 14),
        nn.BatchNorm1d(2 * 14 * 14),
        nn.Unflatten(1, (2, 14, 14)),
        nn.ConvTranspose2d(2, 2, 4, 2, 1),
        nn.BatchNorm2d(2),
        nn.ReLU(),
        nn.GroupNorm(1, 2),
        nn.SiLU(),
        nn.Conv2d(2, 2, 5),
        nn.LeakyReLU(0.01),
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Dropout(0.1),
        nn.Linear(2 * 12 * 12, 1),
        nn.Tanh(),
    )
    noise = torch.rand(3, 4, generator=torch.Generator().manual_seed(0))
    solvers = [torch.optim.Adam(net.parameters()), torch.optim.SGD(net.parameters(), lr=0.1)]
    for solver in solvers:
        solver.zero_grad()
        logits = net(noise)
        loss = nn.functional.binary_cross_entropy_with_logits(logits, torch.ones_like(logits))
        (loss + logits.sigmoid().log().mean()).backward()
        solver.step()
    torch.linalg.eigvalsh(noise.T.double().cov())


def _fail() -> None:
    """Show an error as a kernel does; the first one looks through the files of all modules."""
    from IPython.core.ultratb import AutoFormattedTB

    try:
        raise ValueError
    except ValueError:
        shown = AutoFormattedTB(mode="Context", include_vars=False)
        shown.structured_traceback(*sys.exc_info())
