"""The given half of diffusion-mnist: its U-Net, its training loop, its drawing."""

import math
from types import SimpleNamespace

import pytest
import torch
from torch import nn

from helpers import data, diffusion
from helpers.checkpoint import Checkpoint
from helpers.diffusion import training
from helpers.errors import CourseError


class Block(nn.Module):
    """One convolution and the time: what the U-Net asks of a block."""

    def __init__(self, in_channels, out_channels, time_channels):
        super().__init__()
        self.conv = nn.Conv2d(in_channels, out_channels, 3, padding=1)
        self.time = nn.Linear(time_channels, out_channels)

    def forward(self, x, emb):
        return torch.tanh(self.conv(x) + self.time(emb)[:, :, None, None])


def embedding(t, dim):
    return torch.sin(t[:, None] * torch.linspace(0.1, 1, dim))


def layers_alone(t):
    return torch.zeros(len(t)), torch.ones(len(t))


def unet(mix=layers_alone, **given):
    torch.manual_seed(0)
    return diffusion.UNet(Block, embedding, mix, channels=(8, 16), **given)


@pytest.fixture
def images():
    source = torch.Generator().manual_seed(0)
    pixels = torch.randint(0, 256, (40, 1, 28, 28), generator=source, dtype=torch.uint8)
    return data.Images(pixels, torch.arange(40) % 10, data.DIGITS, "mnist", "cache")


def loss(model, x, y):
    """Given by the batch alone, so that two runs can be compared."""
    return (model(x, torch.arange(len(x))) - x).square().mean()


X, T = torch.randn(6, 1, 28, 28), torch.arange(6)


class TestUNet:
    def test_an_image_in_an_image_out_and_each_row_for_itself(self):
        model = unet()
        whole = model(X, T)
        assert whole.shape == X.shape
        assert torch.allclose(model(X[2:3], T[2:3]), whole[2:3], atol=1e-5)

    def test_it_knows_times_of_both_kinds_and_labels(self):
        model = unet(labels=True)
        assert not torch.allclose(model(X, T), model(X, T + 1))
        assert not torch.allclose(model(X, T, 0 * T), model(X, T, 0 * T + 1))
        null = torch.full_like(T, diffusion.NULL)
        assert torch.equal(model(X, T), model(X, T, null))
        flow = unet(time_scale=1_000)
        assert torch.allclose(flow(X, T / 1_000), unet()(X, T), atol=1e-4)

    def test_labels_for_a_network_that_knows_none(self):
        with pytest.raises(CourseError, match="without labels"):
            unet()(X, T, T)

    def test_the_notebooks_size(self):
        model = diffusion.UNet(Block, embedding, layers_alone)
        assert sum(p.numel() for p in model.parameters()) < 800_000
        assert model.stem.out_channels == 48 and model.shrink.out_channels == 96

    def test_what_the_blocks_are_made_for_and_asked(self):
        """Two sizes of maps, each before and after the smaller one; the way back sees both."""
        made, asked = [], []

        class Noted(Block):
            def __init__(self, *sizes):
                made.append(sizes)
                super().__init__(*sizes)

            def forward(self, x, emb):
                asked.append((*x.shape, emb.shape[1]))
                return super().forward(x, emb)

        times = []
        torch.manual_seed(0)
        diffusion.UNet(
            Noted,
            lambda t, dim: times.append((t.tolist(), dim)) or embedding(t, dim),
            layers_alone,
            channels=(8, 16),
            time_scale=10,
        )(X, T)
        assert made == [(8, 8, 32), (16, 16, 32), (16, 16, 32), (16, 8, 32)]
        assert asked == [
            *((6, 8, 14, 14, 32), (6, 16, 7, 7, 32), (6, 16, 7, 7, 32), (6, 16, 14, 14, 32))
        ]
        assert times == [([0, 10, 20, 30, 40, 50], 8)]

    def test_attention_adds_what_each_place_finds_in_all_others(self):
        torch.manual_seed(0)
        attend = diffusion.network.Attention(16)
        x = torch.randn(2, 16, 3, 5)
        q, k, v = attend.qkv(torch.nn.functional.group_norm(x, 8)).flatten(2).chunk(3, dim=1)
        weights = (q.transpose(1, 2) @ k / 16**0.5).softmax(dim=-1)
        found = (v @ weights.transpose(1, 2)).reshape(x.shape)
        assert torch.allclose(attend(x), x + attend.out(found), atol=1e-5)


class TestMix:
    """Least squares, by brute force: the factor, and the deviation of what is left."""

    def test_of_noise(self):
        source = torch.Generator().manual_seed(0)
        x0, eps = torch.randn(2, 100_000, generator=source, dtype=torch.float64)
        bars = torch.tensor([0.99, 0.5, 0.01], dtype=torch.float64)
        guess, left = diffusion.noise_mix(bars)(torch.arange(3))
        for bar, factor, size in zip(bars, guess, left, strict=True):
            self.is_best(bar.sqrt() * x0 + (1 - bar).sqrt() * eps, eps, factor, size)

    def test_a_time_may_be_a_float_as_some_losses_give_it(self):
        mix = diffusion.noise_mix(torch.tensor([0.99, 0.5, 0.01]))
        times = torch.tensor([2, 0])
        for of_int, of_float in zip(mix(times), mix(times.float()), strict=True):
            assert torch.equal(of_int, of_float)

    def test_of_velocity(self):
        source = torch.Generator().manual_seed(0)
        x0, x1 = torch.randn(2, 100_000, generator=source, dtype=torch.float64)
        t = torch.tensor([0.0, 0.3, 1.0], dtype=torch.float64)
        for time, factor, size in zip(t, *diffusion.velocity_mix(t), strict=True):
            self.is_best((1 - time) * x0 + time * x1, x1 - x0, factor, size)

    def is_best(self, x, wanted, factor, size):
        best = (x * wanted).mean() / x.square().mean()
        assert factor.item() == pytest.approx(best.item(), abs=0.02)
        rest = (wanted - factor * x).std()
        assert size.item() == pytest.approx(rest.item(), abs=0.02)

    def test_the_network_adds_it(self):
        def mix(t):
            return 0 * t + 2.0, 0 * t + 3.0

        found = unet(mix, time_scale=1.0)(X, T.float())
        assert torch.allclose(found, 2 * X + 3 * unet()(X, T), atol=1e-5)


class TestTraining:
    def test_the_loss_falls_and_the_average_is_another_network(self, images):
        model = unet()
        run = diffusion.train(model, loss, images, 60, batch_size=8)
        assert run.history.mean("loss", last=10) < 0.8 * run.history.series("loss")[0]
        assert not run.model.training and not any(p.requires_grad for p in run.model.parameters())
        pairs = list(zip(run.model.parameters(), model.parameters(), strict=True))
        assert not all(torch.equal(a, b) for a, b in pairs)
        assert all(torch.allclose(a, b, atol=0.1) for a, b in pairs)

    def test_the_average_is_the_moving_one(self, images, monkeypatch):
        """By hand, from the weights after each update."""
        seen = []
        update = training.AveragedModel.update_parameters

        def watch(self, model):
            seen.append(model.stem.weight.detach().clone())
            update(self, model)

        monkeypatch.setattr(training.AveragedModel, "update_parameters", watch)
        run = diffusion.train(unet(), loss, images, 30, batch_size=8, ema_decay=0.5)
        mean = seen[0]
        for count, weight in enumerate(seen[1:], 1):
            share = min(0.5, (1 + count) / (10 + count))
            mean = share * mean + (1 - share) * weight
        assert torch.allclose(run.model.stem.weight, mean, atol=1e-6)

    def test_snapshots_are_the_network_on_the_way(self, images):
        run = diffusion.train(unet(), loss, images, 16, batch_size=8, snapshots=3)
        assert sorted(run.snapshots) == [4, 8, 16]
        few = diffusion.train(unet(), loss, images, 2, batch_size=8)
        assert sorted(few.snapshots) == [1, 2]
        with torch.no_grad():
            assert torch.equal(run.model_after(16)(X, T), run.model(X, T))
            assert not torch.equal(run.model_after(4)(X, T), run.model(X, T))

    def test_an_interrupted_run_ends_as_one_that_was_not(self, images, tmp_path, monkeypatch):
        monkeypatch.chdir(tmp_path)
        monkeypatch.setenv("COURSE_BUDGET", "full")
        whole = diffusion.train(unet(), loss, images, 12, batch_size=8)

        class Stop(Exception):
            pass

        def interrupted(model, x, y):
            if len(steps) == 7:
                raise Stop
            steps.append(1)
            return loss(model, x, y)

        steps, real = [], Checkpoint
        monkeypatch.setattr(training, "Checkpoint", lambda *a, **k: real(*a, every=0, **k))
        with pytest.raises(Stop):
            diffusion.train(unet(), interrupted, images, 12, batch_size=8, checkpoint="a")
        again = diffusion.train(unet(), loss, images, 12, batch_size=8, checkpoint="a")
        assert again.history.series("loss") == whole.history.series("loss")
        for a, b in zip(again.model.parameters(), whole.model.parameters(), strict=True):
            assert torch.equal(a, b)
        assert sorted(again.snapshots) == sorted(whole.snapshots)
        assert not list(tmp_path.glob("checkpoints/*"))

    def test_every_image_is_seen_once_an_epoch_in_another_order(self, images):
        seen = []
        diffusion.train(
            unet(), lambda m, x, y: seen.append(y) or loss(m, x, y), images, 10, batch_size=8
        )
        first, second = torch.cat(seen[:5]), torch.cat(seen[5:])
        assert torch.equal(first.bincount(), second.bincount()) and not torch.equal(first, second)

    @pytest.mark.parametrize(
        ("wrong", "words"),
        [
            (lambda m, x, y: loss(m, x, y).detach(), "depends on the network"),
            (lambda m, x, y: (m(x, y) - x).square(), "the mean over the batch"),
            (lambda m, x, y: 1.0, "not a scalar"),
            (lambda m, x, y: loss(m, x, y) / 0, "inf at update 1"),
        ],
    )
    def test_a_loss_that_cannot_be_followed(self, images, wrong, words):
        with pytest.raises(CourseError, match=words):
            diffusion.train(unet(), wrong, images, 2, batch_size=8)

    def test_the_learning_rate_grows_and_then_falls_to_0(self, images, monkeypatch):
        seen = []
        monkeypatch.setattr(training, "fused", lambda solver: seen.append(solver) or solver)
        diffusion.train(unet(), loss, images, 4, batch_size=8)
        (solver,) = seen
        (group,) = solver.param_groups
        assert isinstance(solver, torch.optim.Adam)
        assert (group["initial_lr"], group["betas"]) == (2e-3, (0.9, 0.99))
        assert group["lr"] == pytest.approx(0, abs=1e-9)  # after the last update
        rate = training._rate(1_000)
        assert rate(0) == pytest.approx(0.01)
        assert rate(49) == pytest.approx(0.5 * (1 + math.cos(0.049 * math.pi)) / 2)
        assert rate(99) == pytest.approx((1 + math.cos(0.099 * math.pi)) / 2)
        assert rate(500) == pytest.approx(0.5) and rate(1_000) == pytest.approx(0)

    def test_what_is_left_out_is_that_of_the_notebook(self, images):
        sizes = []
        run = diffusion.train(
            unet(), lambda m, x, y: sizes.append(len(x)) or loss(m, x[:2], y), images, 33
        )
        assert set(sizes) == {32}
        assert sorted(run.snapshots) == [1, 2, 4, 8, 16, 33]
        # An early average is soon forgotten, a late one moves by 0.2%.
        average, current = [torch.zeros(1)], [torch.ones(1)]
        for count, moved in ((0, 0.9), (10, 9 / 20), (10**6, 0.002)):
            mean = [average[0].clone()]
            training._moving(training.EMA_DECAY)(mean, current, torch.tensor(count))
            assert mean[0].item() == pytest.approx(moved)

    def test_pixels_are_from_minus_1_to_1_with_the_labels_of_their_images(self, images):
        seen = []
        diffusion.train(
            unet(), lambda m, x, y: seen.append((x, y)) or loss(m, x, y), images, 1, batch_size=40
        )
        ((x, y),) = seen
        assert x.min() == -1 and x.max() == 1
        for image, label in zip(x, y, strict=True):
            found = (images.scaled() * 2 - 1 - image).abs().flatten(1).sum(1).argmin()
            assert images.labels[found] == label

    def test_fewer_images_than_a_batch_are_a_batch(self, images):
        few = data.Images(images.pixels[:5], images.labels[:5], data.DIGITS, "mnist", "cache")
        seen = []
        diffusion.train(unet(), lambda m, x, y: seen.append(len(x)) or loss(m, x, y), few, 2)
        assert seen == [5, 5]

    def test_what_a_bar_shows_and_how_long_it_took(self, images, monkeypatch):
        said, clock = [], iter([3.0, 5.5])

        class Bar:
            def __init__(self, **about):
                said.append(about)

            def at(self, step):
                said.append(step)

            def update(self):
                said.append("update")

            def set_postfix(self, loss, refresh):
                assert not refresh
                said.append(loss)

            def close(self):
                said.append("closed")

        monkeypatch.setattr(training, "progress", Bar)
        now = SimpleNamespace(perf_counter=lambda: next(clock))
        monkeypatch.setattr(training, "time", now)
        run = diffusion.train(unet(), loss, images, 22, batch_size=8)
        assert run.seconds == 2.5
        assert said[0] == {"total": 22, "description": "updates"} and said[-1] == "closed"
        assert [each for each in said if isinstance(each, int)] == [*range(22)]
        assert said.count("update") == 22
        values = run.history.series("loss")
        shown = [each for each in said[:-1] if isinstance(each, str) and each != "update"]
        assert shown == [f"{values[0]:.4f}", f"{sum(values[1:21]) / 20:.4f}"]

    @pytest.mark.parametrize(("budget", "name"), [("full", "a-3"), ("short", "a-3"), ("quick", "")])
    def test_a_state_is_kept_under_its_name_and_length(self, images, monkeypatch, budget, name):
        """A longer run does not continue a shorter one."""
        monkeypatch.setenv("COURSE_BUDGET", budget)
        asked = []

        class Kept:
            def __init__(self, *names, **parts):
                asked.append((*names, parts.pop("finished"), sorted(parts)))

            def steps(self, count):
                return range(count)

        monkeypatch.setattr(training, "Checkpoint", Kept)
        diffusion.train(unet(), loss, images, 3, batch_size=8, checkpoint="a")
        parts = ["average", "history", "model", "optimizer", "schedule", "snapshots"]
        assert asked == ([(name, "forget", parts)] if name else [])
        diffusion.train(unet(), loss, images, 3, batch_size=8)
        assert len(asked) == bool(name)

    def test_a_loss_that_diverges_later_names_its_update(self, images):
        calls = []

        def diverges(model, x, y):
            calls.append(1)
            return loss(model, x, y) * (math.nan if len(calls) == 3 else 1)

        with pytest.raises(CourseError, match="the loss is nan at update 3: training diverged"):
            diffusion.train(unet(), diverges, images, 9, batch_size=8)


class TestStepsHere:
    @pytest.mark.parametrize(("minutes", "chosen"), [(1e6, 900), (0.0, 7)])
    def test_the_longer_training_where_it_fits(self, images, monkeypatch, minutes, chosen, capsys):
        monkeypatch.setenv("COURSE_BUDGET", "full")
        model = unet()
        before = [p.clone() for p in model.parameters()]
        found = diffusion.steps_here(model, loss, images, 7, 900, minutes=minutes, batch_size=8)
        assert found == chosen and "900 steps" in capsys.readouterr().out
        assert all(torch.equal(a, b) for a, b in zip(before, model.parameters(), strict=True))

    def test_other_budgets_try_nothing(self, images, monkeypatch):
        monkeypatch.setenv("COURSE_BUDGET", "short")
        assert diffusion.steps_here(unet(), None, images, 7, 900) == 7

    def test_what_is_tried_is_an_update_of_a_copy(self, images, monkeypatch):
        asked, sizes = [], []

        def fits(step, count, minutes, device, shorter):
            step()
            asked.append((count, minutes, str(device), shorter))
            return True

        monkeypatch.setattr(training, "fits", fits)

        def noted(model, x, y):
            assert model is not mine and x.min() == -1 and x.max() == 1
            sizes.append(len(y))
            return loss(model, x, y)

        mine = unet()
        assert diffusion.steps_here(mine, noted, images, 7, 900) == 900
        assert asked == [(900, 10.0, "cpu", 7)] and sizes == [32]
        assert all(p.grad is None for p in mine.parameters())


class TestDrawing:
    def test_times_begin_at_the_end_and_stop_at_0(self):
        assert diffusion.times(1_000, 5) == [999, 749, 500, 250, 0]
        assert diffusion.times(4, 4) == [3, 2, 1, 0]
        for calls in (0, 5):
            with pytest.raises(CourseError, match="1 to 4"):
                diffusion.times(4, calls)

    def test_the_network_and_the_step_are_asked_in_order(self):
        asked, bars = [], torch.linspace(0.9, 0.1, 10)

        def model(x, t, y):
            asked.append((len(x), t.tolist(), y.tolist()))
            return x

        def step(x, eps, t, s, alpha_bars, eta, noise):
            assert alpha_bars is bars and (noise is not None) == (eta > 0)
            walked.append((int(t[0]), int(s[0])))
            return x + 1

        for eta in (0.0, 0.5):
            asked.clear()
            walked = []
            found = diffusion.denoised(
                model, torch.zeros(3, 1, 28, 28), bars, 3, step,
                labels=torch.tensor([7, 8, 9]), eta=eta, batch=2,
            )  # fmt: skip
            assert walked == 2 * [(9, 4), (4, 0), (0, -1)]
            assert [rows for rows, _, _ in asked] == [2, 2, 2, 1, 1, 1]
            assert asked[0][1:] == ([9, 9], [7, 8]) and asked[-1][1:] == ([0], [9])
            # 3 on the scale of [-1, 1] is white.
            assert found.shape == (3, 1, 28, 28) and torch.equal(found, torch.ones(3, 1, 28, 28))

    def test_a_walk_may_return_its_end_or_all_of_it(self):
        def ends(model, x, steps):
            return x * 0 + steps / 10

        def whole(model, x, steps):
            return [x, ends(model, x, steps)]

        for walk in (ends, whole):
            found = diffusion.transported(None, diffusion.noises(3), 4, walk, batch=2)
            assert torch.allclose(found, torch.full((3, 1, 28, 28), 0.7))

    def test_a_walk_asks_for_the_class_of_each_image(self):
        class Network(nn.Module):
            def forward(self, x, t, y):
                assert not self.training
                return y[:, None, None, None] - x

        def walk(model, x, steps):
            was = model.training
            model.eval()
            x = x + model(x, torch.zeros(len(x)))
            model.train(was)
            return x

        network = Network().eval()
        found = diffusion.transported(
            network, diffusion.noises(3), 1, walk, labels=torch.tensor([-1, 0, 1]), batch=2
        )
        assert torch.allclose(found.mean((1, 2, 3)), torch.tensor([0.0, 0.5, 1.0]))
        assert not network.training

    def test_noise_on_the_way_is_that_of_its_seed(self):
        fresh = []

        def step(x, eps, t, s, alpha_bars, eta, noise):
            fresh.append(noise)
            return x

        def draw(**given):
            fresh.clear()
            diffusion.denoised(
                lambda x, t: x, torch.zeros(3, 1, 2, 2), torch.ones(9), 2, step, eta=1.0, **given
            )
            return torch.stack(fresh)

        usual = draw()
        source = torch.Generator().manual_seed(0)
        for each in usual:
            assert torch.equal(each, torch.randn(3, 1, 2, 2, generator=source))
        assert torch.equal(draw(seed=0), usual) and not torch.equal(draw(seed=1), usual)

    def test_a_way_of_other_shapes_ends_with_its_last(self):
        start = torch.rand(2, 1, 28, 28)
        way = torch.stack([0 * start, start])
        found = diffusion.transported(None, start, 2, lambda *_: [way.flip(0), way])
        assert torch.equal(found, diffusion.as_pictures(start))

    @pytest.mark.parametrize("draw", ["denoised", "transported"])
    def test_a_batch_is_of_250(self, draw):
        sizes = []

        def walk(model, x, steps):
            sizes.append(len(x))
            return x

        noise = torch.zeros(501, 1, 1, 1)
        if draw == "transported":
            found = diffusion.transported(None, noise, 1, walk)
        else:
            found = diffusion.denoised(
                lambda x, t: x, noise, torch.ones(3), 1, lambda x, *_, **__: walk(None, x, 1)
            )
        assert sizes == [250, 250, 1] and len(found) == 501

    def test_noise_is_that_of_its_seed(self):
        assert torch.equal(diffusion.noises(2), diffusion.noises(2, 0))
        assert diffusion.noises(2).shape == (2, 1, 28, 28)
        assert torch.equal(diffusion.noises(2, 5), diffusion.noises(2, 5))
        assert not torch.equal(diffusion.noises(2, 5), diffusion.noises(2, 6))


@pytest.mark.parametrize(
    "form",
    [
        lambda way: way[-1],
        lambda way: way,
        torch.stack,
        lambda way: (way[-1], torch.stack(way)),
        lambda way: (way[-1], way),
    ],
    ids=["the end", "a list", "stacked", "the end and the way", "the end and a list"],
)
def test_a_walk_may_return_its_way(form):
    start = torch.rand(3, 1, 28, 28)
    found = diffusion.transported(None, start, 2, lambda model, x, steps: form([0 * x, x / 2, x]))
    assert torch.equal(found, diffusion.as_pictures(start))
