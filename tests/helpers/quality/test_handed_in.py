"""What a student is told of the networks of diffusion-mnist before they are handed in."""

import pytest
import torch
from torch import nn

from helpers import submit
from helpers.errors import CourseError
from helpers.quality import handed_in, trained

BARS = {"Fréchet distance": 1e9, "distinct classes": 11}


class Network(nn.Module):
    """Its answer is a number; it remembers what it was asked."""

    asked: list = []

    def __init__(self):
        super().__init__()
        self.value = nn.Parameter(torch.tensor(0.5))

    def forward(self, x, *others):
        assert not self.training and not torch.is_grad_enabled()
        self.asked.append(others)
        return self.value + 0 * x


@pytest.fixture(autouse=True)
def saved(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COURSE_BUDGET", "full")
    monkeypatch.setattr(trained, "SAMPLED", 20)
    monkeypatch.setattr(Network, "asked", [])
    submit.save_model("small", Network())


def step(x, eps, t, s, alpha_bars, eta=0.0, noise=None):
    assert eps.unique().item() == 0.5 and eta == 1 and noise.shape == x.shape
    return x


def test_a_denoiser_is_asked_so_often_with_every_class(capsys):
    handed_in.denoiser("small", Network, BARS, torch.linspace(0.9, 0.1, 100), step)
    assert len(Network.asked) == trained.CALLS
    times, labels = Network.asked[0]
    assert times.tolist() == [99] * 20 and labels.bincount().tolist() == [2] * 10
    first, second = capsys.readouterr().out.splitlines()
    assert first.startswith("✓ Fréchet distance") and second.startswith("✗ distinct classes")


def test_a_velocity_network_is_walked_along(capsys):
    def walk(model, x, steps):
        assert steps == trained.CALLS
        return x + model(x, torch.zeros(len(x)))

    handed_in.velocity("small", Network, BARS, walk)
    ((_, labels),) = Network.asked
    assert labels.bincount().tolist() == [2] * 10
    assert len(capsys.readouterr().out.splitlines()) == 2


def test_without_a_file_it_says_what_to_do():
    with pytest.raises(CourseError, match="run the cell that saves"):
        handed_in.velocity("other", Network, BARS, None)


def test_a_quick_budget_measures_nothing(monkeypatch, capsys):
    monkeypatch.setenv("COURSE_BUDGET", "quick")
    handed_in.velocity("other", Network, BARS, None)
    assert not capsys.readouterr().out


@pytest.fixture
def measured(monkeypatch):
    """What was measured, in place of measuring it: {function: its arguments}."""
    found = {}
    for name, value in (
        ("of_pictures", {"Fréchet distance": 5.0}),
        ("of_energies", {"energy gap to noise": 2.0}),
        ("of_codes", {"nats for a test image": 90.0}),
    ):

        def note(*arguments, name=name, value=value):
            found[name] = arguments
            return value

        monkeypatch.setattr(trained, name, note)
    return found


class Cuts(Network):
    """To images of two pixels, which are those of the noise."""

    def forward(self, x, *others):
        super().forward(x, *others)
        return x[:, :2]


@pytest.mark.parametrize("uniform", [True, False])
@pytest.mark.parametrize("classes", [0, 3])
def test_a_generator_is_asked_in_batches_and_its_pixels_are_between_0_and_1(
    measured, monkeypatch, capsys, uniform, classes
):
    monkeypatch.setattr(trained, "PICTURES", 600)
    noise = torch.rand if uniform else torch.randn
    handed_in.generator(
        "small", Cuts, {"Fréchet distance": 5}, noise=noise, size=4, classes=classes, of="x"
    )
    images, of, labels = measured["of_pictures"]
    z = noise(600, 4, generator=torch.Generator().manual_seed(0))
    z = 2 * z - 1 if uniform else z
    torch.testing.assert_close(images, (z[:, :2] + 1) / 2)
    assert of == "x" and len(Network.asked) == 6
    if classes:
        assert labels.bincount().tolist() == [200] * 3
        assert torch.cat([one for (one,) in Network.asked]).equal(labels)
    else:
        assert labels is None and Network.asked == [()] * 6
    assert capsys.readouterr().out == "✓ Fréchet distance 5, at most 5\n"


def test_a_generator_draws_two_thousand_digits_unless_it_is_told_otherwise(measured):
    class Wide(Cuts):
        def forward(self, x):
            assert x.shape[1] == 64
            return super().forward(x)

    handed_in.generator("small", Wide, {})
    images, of, labels = measured["of_pictures"]
    assert len(images) == 2000 and of == "mnist" and labels is None
    low, high = (2 * images - 1).aminmax()
    assert low < -2 and high > 2  # the noise is normal


@pytest.fixture
def real(monkeypatch):
    """Two data sets of 600 images, all 0.5 and all 0.25, of which 500 are looked at."""

    class Images:
        def __init__(self, grey):
            self.grey = grey

        def __len__(self):
            return 600

        def scaled(self, part):
            return torch.full((600, 1, 28, 28), self.grey)[part]

    sets = {("mnist", "test"): Images(0.5), ("fashion-mnist", "test"): Images(0.25)}
    monkeypatch.setattr(handed_in.data, "load", lambda *which: sets[which])
    monkeypatch.setattr(trained, "IMAGES", 500)


def test_energies_are_of_digits_noise_and_clothes(measured, real, capsys):
    class Mean(Network):
        def forward(self, x):
            assert len(x) == 100
            super().forward(x)
            return x.mean((1, 2, 3), keepdim=True)

    handed_in.energy("small", Mean, {"energy gap to noise": 3})
    digits, noise, clothes = measured["of_energies"]
    assert len(Network.asked) == 15  # five hundred of each, a hundred at once
    torch.testing.assert_close(digits, torch.zeros(500))
    torch.testing.assert_close(clothes, torch.full((500,), 0.5))
    drawn = torch.rand(500, 1, 28, 28, generator=torch.Generator().manual_seed(0))
    torch.testing.assert_close(noise, -(2 * drawn - 1).mean((1, 2, 3)))
    assert capsys.readouterr().out == "✗ energy gap to noise 2, at least 3\n"


def test_codes_are_drawn_from_their_own_law(measured, real, capsys, monkeypatch):
    """Means 3, variances 4 for two of the pixels; what is decoded is the code."""
    monkeypatch.setattr(trained, "PICTURES", 700)

    class Vae(Network):
        def encoder(self, x):
            assert x.shape == (500, 784)
            return x[:, :2] * 6, torch.full((500, 2), 4.0).log()

        def decoder(self, z):
            return z

    handed_in.codes("small", Vae, {"nats for a test image": 100, "Fréchet distance": 4})
    x, mu, log_var, decoded = measured["of_codes"]
    source = torch.Generator().manual_seed(0)
    torch.testing.assert_close(decoded, 3 + 2 * torch.randn(500, 2, generator=source))
    assert x.shape == (500, 784) and mu.unique().item() == 3
    assert log_var.exp().unique().item() == pytest.approx(4)
    (pictures,) = measured["of_pictures"]
    torch.testing.assert_close(pictures, torch.randn(700, 2, generator=source))
    assert capsys.readouterr().out.splitlines() == [
        "✓ nats for a test image 90, at most 100",
        "✗ Fréchet distance 5, at most 4",
    ]


def test_weights_of_another_network_are_not_measured(tmp_path):
    with pytest.raises(CourseError, match="small.safetensors holds the weights of another network"):
        handed_in.velocity("small", lambda: nn.Linear(1, 1), BARS, None)
    (tmp_path / "models" / "small.safetensors").write_bytes(b"no")
    with pytest.raises(CourseError, match="holds the weights of another network"):
        handed_in.velocity("small", Network, BARS, None)
