"""Fast steps give the numbers of plain ones."""

import pytest
import torch
from torch import nn

from helpers import checkpoint, speed
from helpers.speed import channels_last, fast_convolutions, fast_matmul, fits, fused

KINDS = {
    "Adam": lambda p: torch.optim.Adam(p, lr=1e-3, betas=(0.5, 0.999)),
    "Adam without momentum": lambda p: torch.optim.Adam(p, lr=1e-4, betas=(0.0, 0.999)),
    "AdamW": lambda p: torch.optim.AdamW(p, lr=1e-3, weight_decay=0.01),
    "SGD": lambda p: torch.optim.SGD(p, lr=0.1, momentum=0.9),
}


def network():
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(6, 50), nn.Tanh(), nn.Linear(50, 3))


def train(model, optimizer, steps=60):
    source = torch.Generator().manual_seed(1)
    for _ in range(steps):
        x = torch.randn(16, 6, generator=source)
        optimizer.zero_grad()
        (model(x) - x[:, :3].sin()).square().mean().backward()
        optimizer.step()
    return torch.cat([p.detach().flatten() for p in model.parameters()])


@pytest.mark.parametrize("kind", KINDS)
def test_fused_steps_give_the_plain_numbers(kind):
    plain, fast = network(), network()
    start = torch.cat([p.detach().flatten() for p in plain.parameters()])
    optimizer = KINDS[kind](fast.parameters())
    assert fused(optimizer) is optimizer
    assert optimizer.param_groups[0]["fused"]
    wanted, found = train(plain, KINDS[kind](plain.parameters())), train(fast, optimizer)
    assert (wanted - start).abs().max() > 1e-3  # training went somewhere
    assert torch.allclose(wanted, found, rtol=1e-4, atol=1e-6)


def test_a_learning_rate_that_changes_is_followed():
    def run(make):
        model = network()
        optimizer = make(torch.optim.Adam(model.parameters(), lr=1e-4))
        scheduler = torch.optim.lr_scheduler.StepLR(optimizer, step_size=1, gamma=0.5)
        optimizer.param_groups[0]["lr"] = 1e-2
        train(model, optimizer, 5)
        scheduler.step()
        return train(model, optimizer, 5)

    assert torch.allclose(run(fused), run(lambda one: one), rtol=1e-4, atol=1e-6)


def test_a_checkpoint_of_a_fused_optimiser_goes_on(tmp_path):
    model = network()
    optimizer = fused(torch.optim.Adam(model.parameters()))
    train(model, optimizer, 4)
    checkpoint.save(tmp_path / "run.pt", {"m": model.state_dict(), "o": optimizer.state_dict()})
    wanted = train(model, optimizer, 4)

    again = network()
    other = fused(torch.optim.Adam(again.parameters()))
    state = checkpoint.load(tmp_path / "run.pt")
    again.load_state_dict(state["m"])
    other.load_state_dict(state["o"])
    assert torch.equal(train(again, other, 4), wanted)


class OwnStep(torch.optim.Adam):
    def step(self, closure=None):
        raise AssertionError("a step of its own")


def stepped():
    model = network()
    optimizer = torch.optim.Adam(model.parameters())
    train(model, optimizer, 1)
    return optimizer


@pytest.mark.parametrize(
    "other",
    [
        lambda: None,
        lambda: torch.optim.Adagrad(network().parameters()),
        lambda: OwnStep(network().parameters()),
        lambda: torch.optim.Adam(network().parameters(), differentiable=True),
        stepped,
    ],
    ids=["nothing", "another kind", "a subclass", "differentiable", "it has stepped"],
)
def test_what_cannot_be_fused_stays_as_it_is(other):
    optimizer = other()
    assert fused(optimizer) is optimizer
    assert not any(group.get("fused") for group in getattr(optimizer, "param_groups", []))


def test_fast_products_are_near_and_end_with_the_block():
    torch.manual_seed(0)
    a, b = torch.randn(128, 512), torch.randn(512, 64)
    exact = a.double() @ b.double()
    before = torch.get_float32_matmul_precision()
    with pytest.raises(ValueError, match="inside"), fast_matmul():
        # Errors of bfloat16's factors, 2^-9 each, in a sum of 512 products of size 1.
        assert (a @ b - exact).abs().max() < 6 * 2**-8 * 512**0.5
        raise ValueError("inside")
    assert torch.get_float32_matmul_precision() == before
    assert (a @ b - exact).abs().max() < 1e-3


class Clock:
    """Seconds that pass only when a step is done."""

    def __init__(self, a_step):
        self.now, self.a_step, self.steps = 0.0, a_step, 0

    def __call__(self):
        return self.now

    def step(self):
        self.now, self.steps = self.now + self.a_step, self.steps + 1


class TestFits:
    @pytest.mark.parametrize(
        ("a_step", "fit", "words", "probed"),
        [
            (0.01, True, "takes about 5 minutes here: chosen", 11),
            (0.1, False, "about 50 minutes here: the shorter one, of about 5 minutes,", 11),
            (1.0, False, "about 8.3 hours here: the shorter one, of about 50 minutes,", 6),
            (20.0, False, "about 166.7 hours here: the shorter one, of about 16.7 hours,", 2),
        ],
    )
    def test_ten_steps_tell(self, monkeypatch, capsys, a_step, fit, words, probed):
        monkeypatch.setenv("COURSE_BUDGET", "full")
        clock = Clock(a_step)
        assert fits(clock.step, 30_000, 30, "cpu", clock, shorter=3_000) is fit
        assert words in capsys.readouterr().out
        assert clock.steps == probed

    @pytest.mark.parametrize("level", ["short", "quick", "graded"])
    def test_another_budget_asks_nothing(self, monkeypatch, capsys, level):
        monkeypatch.setenv("COURSE_BUDGET", level)
        clock = Clock(0.0)
        assert not fits(clock.step, 30_000, 30, "cpu", clock, shorter=3_000)
        assert clock.steps == 0 and capsys.readouterr().out == ""


class TestFastConvolutions:
    @pytest.fixture
    def units(self, monkeypatch):
        """Sets whether this processor has units for bfloat16."""
        return lambda able: monkeypatch.setattr(
            torch.cpu, "get_capabilities", lambda: {"amx_bf16": able}
        )

    def gradient(self):
        torch.manual_seed(0)
        net = torch.nn.Sequential(
            torch.nn.Conv2d(1, 8, 3), torch.nn.SiLU(), torch.nn.Conv2d(8, 1, 3)
        )
        x = torch.randn(16, 1, 12, 12)
        with fast_convolutions("cpu"):
            out = net(x)
            loss = (out - x[:, :, 2:-2, 2:-2]).square().mean()
        loss.backward()
        return out.dtype, torch.cat([p.grad.flatten() for p in net.parameters()])

    def test_with_such_units_layers_compute_in_bfloat16_and_weights_do_not(self, units):
        units(True)
        kind, fast = self.gradient()
        units(False)
        plain, exact = self.gradient()
        assert (kind, plain) == (torch.bfloat16, torch.float32)
        assert fast.dtype == exact.dtype == torch.float32
        assert torch.nn.functional.cosine_similarity(fast, exact, dim=0) > 0.999

    def test_a_gpu_is_left_as_it_is(self, units):
        units(True)
        with fast_convolutions("cuda"):
            assert not torch.is_autocast_enabled("cpu")


def convolutional(*extra):
    torch.manual_seed(0)
    # A bias before a norm has no gradient but rounding, which Adam would make large.
    first = nn.Conv2d(1, 8, 3, stride=2, bias=False)
    rest = [nn.BatchNorm2d(8), nn.SiLU(), nn.Conv2d(8, 16, 3)]
    return nn.Sequential(first, *rest, *extra, nn.Flatten(), nn.Linear(16 * 11 * 11, 1))


class Viewed(nn.Module):
    """A network as many write it: it views what a convolution returns as rows."""

    def __init__(self):
        super().__init__()
        self.convolutions = nn.Sequential(nn.Conv2d(1, 8, 3, stride=2), nn.ReLU())
        self.linear = nn.Linear(8 * 13 * 13, 1)

    def forward(self, x):
        return self.linear(self.convolutions(x).view(len(x), -1))


def layouts(model):
    return {p.is_contiguous() for p in model.parameters() if p.dim() == 4 and p.shape[1] > 1}


def steps_on_images(model, optimizer, steps):
    source = torch.Generator().manual_seed(2)
    for _ in range(steps):
        x = torch.randn(6, 1, 28, 28, generator=source)
        optimizer.zero_grad()
        (model(x)[:, 0] - x.mean((1, 2, 3))).square().mean().backward()
        optimizer.step()


def test_channels_last_gives_the_same_numbers_and_puts_the_networks_back():
    x = torch.randn(6, 1, 28, 28)
    ways = {}
    for last in (False, True):
        model = convolutional()
        optimizer = fused(torch.optim.Adam(model.parameters(), 1e-3))
        with channels_last(*[(model, x)] * last):
            assert layouts(model) == {not last}
            steps_on_images(model, optimizer, 10)
        assert layouts(model) == {True}
        ways[last] = model.state_dict()
    for name, value in ways[False].items():
        assert torch.allclose(ways[True][name], value, atol=1e-5), name
    assert ways[True]["1.num_batches_tracked"] == 10


def test_the_trial_of_channels_last_leaves_no_trace():
    model, state = convolutional(nn.Dropout(0.5)), torch.get_rng_state()
    before = {name: value.clone() for name, value in model.state_dict().items()}
    with channels_last((model, torch.randn(6, 1, 28, 28, generator=torch.Generator()))):
        assert layouts(model) == {False}
    assert torch.equal(torch.get_rng_state(), state)
    assert all(torch.equal(model.state_dict()[name], value) for name, value in before.items())
    assert all(p.grad is None for p in model.parameters())


@pytest.mark.parametrize(
    ("model", "batch"),
    [(Viewed(), torch.rand(2, 1, 28, 28)), (network(), torch.rand(2, 6)),
     (convolutional(), torch.rand(2, 5))],
    ids=["view", "no convolution", "another batch"],
)  # fmt: skip
def test_a_network_that_cannot_have_channels_last_stays_as_it_is(model, batch):
    with channels_last((model, batch)):
        assert layouts(model) <= {True}


def test_channels_are_put_back_after_an_interruption():
    model = convolutional()
    with pytest.raises(KeyboardInterrupt), channels_last((model, torch.rand(2, 1, 28, 28))):
        assert layouts(model) == {False}
        raise KeyboardInterrupt
    assert layouts(model) == {True}


@pytest.mark.parametrize("written_last", [False, True])
def test_a_checkpoint_goes_on_whatever_the_layout(tmp_path, written_last):
    def run(steps, last):
        model = convolutional()
        optimizer = fused(torch.optim.Adam(model.parameters(), 1e-3))
        kept = checkpoint.Checkpoint(
            "run", every=0, folder=tmp_path, model=model, optimizer=optimizer
        )
        with channels_last(*[(model, torch.rand(2, 1, 28, 28))] * last):
            for _ in kept.steps(steps):
                steps_on_images(model, optimizer, 1)
        return torch.cat([p.detach().flatten() for p in model.parameters()])

    run(3, written_last)
    found = run(6, not written_last)
    (tmp_path / "run.pt").unlink()
    wanted = run(6, False)
    assert torch.allclose(found, wanted, atol=1e-5)


@pytest.mark.parametrize(
    ("minutes", "words"),
    [
        *((0.0, "a minute"), (1.49, "a minute"), (1.5, "2 minutes"), (89.9, "90 minutes")),
        *((90.0, "1.5 hours"), (600.0, "10.0 hours")),
    ],
)
def test_a_time_in_words(minutes, words):
    assert speed._in_words(minutes) == words


@pytest.mark.parametrize("before", ["highest", "high"])
def test_products_are_medium_inside_and_as_before_afterwards(before):
    was = torch.get_float32_matmul_precision()
    torch.set_float32_matmul_precision(before)
    try:
        with pytest.raises(KeyError), fast_matmul():
            assert torch.get_float32_matmul_precision() == "medium"
            raise KeyError
        assert torch.get_float32_matmul_precision() == before
    finally:
        torch.set_float32_matmul_precision(was)
