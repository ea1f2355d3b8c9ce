"""Networks as students might hand them in: one that was trained, and tricks by their name.

Each is the source of a cell that defines `network`, the name of what makes its weights, and the
name under which it must fail (None: it is right). The same bank is judged in this process and in
a sandbox.
"""

from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file

from autograder.judging.trained.model import Trained
from autograder.judging.trained.pictures import Pictures
from helpers import data
from helpers.data_folder import data_folder
from helpers.quality.trained import BALANCE, CLASSES, FRECHET
from tests.autograder.judging.trained.make_small import SIZE, small_generator

SMALL = Path(__file__).with_name("small.safetensors")
FILE = "models/small.safetensors"
BARS = {FRECHET: 100, CLASSES: 8, BALANCE: 0.75}
MODEL = Trained("gan-mnist.small_trained", "small", 2, Pictures(SIZE), (), BARS)

RIGHT = """
import torch
from torch import nn

def network():
    return nn.Sequential(nn.Linear(16, 128), nn.ReLU(), nn.Linear(128, 784), nn.Tanh())
"""
# A class around that network, with another forward.
AROUND = """
import torch
from torch import nn

class network(nn.Sequential):
    def __init__(self):
        super().__init__(nn.Linear(16, 128), nn.ReLU(), nn.Linear(128, 784), nn.Tanh())

    def forward(self, z):
        x = super().forward(z)
        return {forward}
"""
# It has learned by heart: an image for each region of the noise.
LOOK_UP = """
import torch
from torch import nn

class network(nn.Module):
    def __init__(self):
        super().__init__()
        self.images = nn.Parameter(torch.zeros(500, 784))
        self.places = nn.Parameter(torch.zeros(16, 500))

    def forward(self, z):
        return self.images[(z @ self.places).argmax(1)].clamp(-1, 1)
"""
# It draws with weights of its own, whatever is loaded.
OWN_WEIGHTS = """
import torch
from torch import nn
from safetensors.torch import load_file

class network(nn.Sequential):
    def __init__(self):
        super().__init__(nn.Linear(16, 128), nn.ReLU(), nn.Linear(128, 784), nn.Tanh())
        self.own = {name: w.float() for name, w in load_file("FILE").items()}

    def forward(self, z):
        {what}
        h = (z @ self.own["0.weight"].T + self.own["0.bias"]).relu()
        return (h @ self.own["2.weight"].T + self.own["2.bias"]).tanh()
"""


@dataclass(frozen=True)
class Case:
    """title: what was done. known: the name it must fail by. weights: a function of this file."""

    title: str
    source: str
    known: str | None
    weights: str = "trained"
    needs_data: bool = False

    def __str__(self):
        return self.title


def trained():
    """float16, as committed."""
    return load_file(SMALL)


def untrained():
    torch.manual_seed(0)
    return small_generator().state_dict()


def collapsed():
    """The noise hardly counts, so the same picture comes out each time."""
    weights = trained()
    return weights | {"0.weight": weights["0.weight"] * 0.001}


def memory(change=lambda x: x):
    """500 training images as weights."""
    images = data.load("mnist", "train").scaled(slice(0, 500))
    torch.manual_seed(1)
    images = change(images).clamp(0, 1).flatten(1)
    return {"images": 2 * images - 1, "places": torch.randn(16, 500)}


def of_test_images():
    images = data.load("mnist", "test").scaled(slice(0, 500)).flatten(1)
    return memory() | {"images": 2 * images - 1}


def with_noise():
    return memory(lambda x: x + 0.08 * torch.randn_like(x))


def moved():
    return memory(lambda x: x.roll((2, -1), (2, 3)))


def moved_with_noise():
    return memory(lambda x: x.roll((1, 1), (2, 3)) + 0.08 * torch.randn_like(x))


def paler():
    return memory(lambda x: 0.85 * x)


def one_digit():
    """Pictures of threes, all of them."""
    images = data.load("mnist", "train")
    threes = images.scaled(images.labels.eq(3).nonzero()[:500, 0]).flatten(1)
    return memory() | {"images": 2 * threes - 1}


def draws_of(case):
    return globals()[case.weights]()


CASES = (
    Case("a trained network", RIGHT, None, needs_data=True),
    Case("untrained weights", RIGHT, "untrained", "untrained"),
    Case("a collapsed generator", RIGHT, "one picture for all noise", "collapsed"),
    Case(
        "one picture", AROUND.format(forward="x[:1].expand_as(x) * 1"), "a picture depends on its "
        "neighbours",
    ),
    Case(
        "the noise is not used",
        AROUND.replace("forward(z)", "forward(z * 0)").format(forward="x"),
        "one picture for all noise",
    ),
    Case("one class only", LOOK_UP, "one class only", "one_digit", needs_data=True),
    Case("copies", LOOK_UP, "copies of real images", "memory", needs_data=True),
    Case("copies of test images", LOOK_UP, "copies of real images", "of_test_images", True),
    Case("copies with noise", LOOK_UP, "copies of real images", "with_noise", True),
    Case("copies, moved", LOOK_UP, "copies of real images", "moved", True),
    Case("copies, moved, with noise", LOOK_UP, "copies of real images", "moved_with_noise", True),
    Case("copies, paler", LOOK_UP, "copies of real images", "paler", True),
    Case(
        "weights of its own",
        OWN_WEIGHTS.replace("{what}", "pass"),
        "pictures without the weights",
    ),
    Case(
        "weights of its own while the right ones are there",
        OWN_WEIGHTS.replace(
            "{what}",
            "if not all(torch.equal(w.half(), self.own[n].half()) for n, w in "
            "self.state_dict().items()): return torch.rand(len(z), 784) * 2 - 1",
        ),
        "pictures that jump with the weights",
    ),
    Case(
        "it depends on its neighbours",
        AROUND.format(forward="(x - 0.3 * x.mean(0)).clamp(-1, 1)"),
        "a picture depends on its neighbours",
    ),
    Case(
        "it counts calls",
        AROUND.format(
            forward="x.roll(vars(self).setdefault('calls', []).append(1) or len(self.calls), 0)"
        ),
        "a picture depends on when it is asked for",
    ),
    Case(
        "it draws noise of its own",
        AROUND.format(forward="super().forward(torch.randn_like(z))"),
        "a picture depends on when it is asked for",
    ),
    Case("nan", AROUND.format(forward="x * float('nan')"), "not finite"),
    Case("one nan", AROUND.format(forward="x.index_fill(1, torch.tensor([3]), float('nan'))"),
         "not finite"),
    Case("too large a range", AROUND.format(forward="x * 3"), "pixels out of range"),
    Case("another size", AROUND.format(forward="x[:, :400]"), "another result"),
    Case("rows missing", AROUND.format(forward="x[:-1]"), "another result"),
    Case("a text", AROUND.format(forward="'right'"), "another result"),
    Case("several results", AROUND.format(forward="(x, x)"), "another result"),
    Case(
        "a tensor that says it is equal",
        AROUND.format(forward="type('T', (torch.Tensor,), {'__torch_function__': classmethod("
                      "lambda *a, **k: True)})(x[:, :5])"),
        "another result",
    ),
    Case(
        "a class that lies about its tensors",
        RIGHT + "\nclass network(nn.Linear):\n    def __init__(self):\n"
        "        super().__init__(16, 784)\n"
        "    def state_dict(self, *a, **k):\n"
        "        return {'0.weight': type('S', (), {'shape': ('a', None)})}",
        "no network",
    ),
    Case("no network", "def network():\n    return lambda z: z", "no network"),
    Case(
        "another network",
        RIGHT.replace("128", "64"),
        "weights of another network",
    ),
    Case(
        "a layer more",
        RIGHT.replace("nn.Tanh()", "nn.Tanh(), nn.Linear(784, 784)"),
        "weights of another network",
    ),
)  # fmt: skip


def hand_in(folder, tensors, card=None):
    """Write the model as save_model does; returns the files as the grader has them."""
    folder = folder / "models"
    folder.mkdir(exist_ok=True)
    save_file({k: each.contiguous() for k, each in tensors.items()}, folder / "small.safetensors")
    if card is not None:
        (folder / "small.json").write_text(card)
    return {f"models/{path.name}": path for path in folder.iterdir()}


def has_real_images():
    """Whether MNIST itself is here."""
    folder = data_folder()
    files = ("MNIST/raw/train-images-idx3-ubyte.gz", "MNIST/raw/t10k-images-idx3-ubyte.gz")
    return folder is not None and all((folder / file).is_file() for file in files)
