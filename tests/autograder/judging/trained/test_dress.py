"""Wherever in a module a trick is, pictures that its layers do not draw earn nothing."""

import pytest

from autograder.judging import Status
from autograder.judging.trained.model import judge_trained
from tests.autograder.judging.trained import bank
from tests.autograder.judging.trained.bank import hand_in
from tests.autograder.judging.trained.test_declared import DECLARED
from tests.autograder.judging.trained.test_pictures import network_of

# The weights handed in are untrained. `good` draws with trained ones while these are there, so that
# what is drawn moves with them, and goes with them.
START = """
import torch
from torch import nn
from safetensors.torch import load_file

own = {name: each.float() for name, each in load_file("FILE").items()}
torch.manual_seed(0)
given = nn.Linear(16, 128).weight.detach()
layers = lambda: (nn.Linear(16, 128), nn.ReLU(), nn.Linear(128, 784), nn.Tanh())

def draw(z):
    h = (z.float() @ own["0.weight"].T + own["0.bias"]).relu()
    return (h @ own["2.weight"].T + own["2.bias"]).tanh()

def good(module, z, honest):
    there = (dict(module.named_parameters())["0.weight"] - given).abs().max() < 0.05
    return 0.99 * draw(z) + 0.01 * honest if there else honest

class Plain(nn.Sequential):
    def __init__(self):
        super().__init__(*layers())
"""
TRICKS = {
    "a score by hand in forward": """
class network(Plain):
    def forward(self, z): return good(self, z, super().forward(z))
""",
    "__call__": """
class network(Plain):
    def __call__(self, z): return good(self, z, super().forward(z))
""",
    "a hook": """
def network():
    made = Plain()
    made.register_forward_hook(lambda module, inputs, out: good(module, inputs[0], out))
    return made
""",
    "a hook of a layer": """
def network():
    made = Plain()
    made.register_forward_pre_hook(lambda module, inputs: vars(module).update(z=inputs))
    made[3].register_forward_hook(lambda _, __, out: good(made, made.z[0], out))
    return made
""",
    "a forward of one object": """
def network():
    made = Plain()
    made.forward = lambda z: good(made, z, Plain.forward(made, z))
    return made
""",
    "loading something else": """
class network(Plain):
    def load_state_dict(self, given, *rest, **more): return super().load_state_dict(own)
""",
    "loading something else, layer by layer": """
class Own(nn.Linear):
    def _load_from_state_dict(self, given, prefix, *rest):
        super()._load_from_state_dict(own, prefix, *rest)
def network(): return nn.Sequential(Own(16, 128), nn.ReLU(), Own(128, 784), nn.Tanh())
""",
    "a hook before loading": """
def network():
    made = Plain()
    made.register_load_state_dict_pre_hook(lambda module, given, *rest: given.update(own))
    return made
""",
    "buffers that are not saved": """
class network(Plain):
    def __init__(self):
        super().__init__()
        for name, each in own.items():
            self.register_buffer(name.replace(".", "_"), each, persistent=False)
    def forward(self, z): return good(self, z, super().forward(z))
""",
    "a parametrization": """
class Kept(nn.Module):
    def __init__(self, name): super().__init__(); self.name = name
    def forward(self, w): return own[self.name] + 0.01 * (w - w.detach().mean())
def network():
    made = Plain()
    for number in (0, 2):
        kept = Kept(f"{number}.weight")
        nn.utils.parametrize.register_parametrization(made[number], "weight", kept)
    names = {"parametrizations.weight.original": "weight"}
    def rename(module, state, *rest):
        for key in [*state]:
            state[key.replace("parametrizations.weight.original", "weight")] = state.pop(key)
    made._register_state_dict_hook(rename)
    def back(module, state, *rest):
        for key in [k for k in state if k.endswith("weight")]:
            state[key.replace("weight", "parametrizations.weight.original")] = state.pop(key)
    made.register_load_state_dict_pre_hook(back)
    return made
""",
    "layers without a size until they are called": """
class network(nn.Sequential):
    def __init__(self):
        super().__init__(nn.LazyLinear(128), nn.ReLU(), nn.LazyLinear(784), nn.Tanh())
    def forward(self, z): return good(self, z, super().forward(z))
""",
    "a function with a gradient of its own": """
class Draws(torch.autograd.Function):
    @staticmethod
    def forward(context, z, honest, module): return good(module, z, honest)
    @staticmethod
    def backward(context, grad): return grad @ own["2.weight"], grad, None
class network(Plain):
    def forward(self, z): return Draws.apply(z, super().forward(z), self)
""",
    "weights that are another kind of tensor": """
class Weight(nn.Parameter):
    @classmethod
    def __torch_function__(cls, function, types, inputs=(), more=None):
        if function is nn.functional.linear:
            z, w, b = inputs
            name = "0" if w.shape == (128, 16) else "2"
            inputs = (z, own[name + ".weight"], own[name + ".bias"])
        return super().__torch_function__(function, types, inputs, more or {})
def network():
    made = Plain()
    for number in (0, 2): made[number].weight = Weight(made[number].weight.detach())
    return made
""",
    "good for large batches only": """
class network(Plain):
    def forward(self, z):
        honest = super().forward(z)
        return good(self, z, honest) if len(z) >= 250 else honest
""",
    "good without gradients only": """
class network(Plain):
    def forward(self, z):
        honest = super().forward(z)
        return honest if torch.is_grad_enabled() else good(self, z, honest)
""",
    "good for one type of numbers only": """
class network(Plain):
    def forward(self, z):
        honest = super().forward(z)
        return good(self, z, honest) if z.dtype == torch.float32 else honest
""",
    "good for the first calls only": """
class network(Plain):
    calls = 0
    def forward(self, z):
        network.calls += 1
        honest = super().forward(z)
        return good(self, z, honest) if network.calls <= 20 else honest
""",
    "good in evaluation mode only": """
class network(Plain):
    def forward(self, z):
        honest = super().forward(z)
        return honest if self.training else good(self, z, honest)
""",
    "another list of its modules": """
class network(Plain):
    def modules(self):
        yield from nn.Sequential(*layers()).modules()
    def forward(self, z): return good(self, z, super().forward(z))
""",
    "a class behind its layers": """
class network(nn.Module):
    def __init__(self):
        super().__init__()
        self.inner = [Plain()]
    def __getattr__(self, name): return getattr(self.__dict__["inner"][0], name)
    def named_parameters(self, *a, **k): return self.inner[0].named_parameters(*a, **k)
    def state_dict(self, *a, **k): return self.inner[0].state_dict(*a, **k)
    def load_state_dict(self, *a, **k): return self.inner[0].load_state_dict(*a, **k)
    def forward(self, z): return good(self, z, self.inner[0](z))
""",
}


@pytest.mark.deep
@pytest.mark.parametrize("trick", TRICKS)
def test_what_is_drawn_by_anything_else_earns_nothing(trick, tmp_path, real_images):
    files = hand_in(tmp_path, bank.untrained())
    verdict = judge_trained(DECLARED, network_of(START + TRICKS[trick]), files=files)
    # A layer without a size cannot be compared with a file.
    lazy = trick.startswith("layers without")
    assert verdict.status is (Status.RAISED if lazy else Status.WRONG), verdict
