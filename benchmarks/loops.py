"""Three ways to train each model of the course, for some steps at a time.

kit: the solution notebook's own ``train``. usual: what a student writes without the kit, a
torchvision data set with transforms in a DataLoader and eager steps. floor: the networks' own
forward and backward passes on data that lies there already; nothing is updated.
"""

import gzip
import itertools
import os
import shutil
from functools import cached_property
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.data import DataLoader

from benchmarks.loop_overhead import Watch
from benchmarks.notebooks import session
from helpers.networks import Discriminator, Generator
from helpers.training import Bar

WAYS = ("kit", "usual", "floor")


def unpacked(folder, dataset):
    """A copy of a data set as torchvision's class of this name wants it; returns its root."""
    source = Path(os.environ["COURSE_DATA"], dataset, "raw")
    target = Path(folder, dataset, "raw")
    target.mkdir(parents=True, exist_ok=True)
    for packed in source.glob("*.gz"):
        path = target / packed.stem
        if not path.exists():
            with gzip.open(packed) as file, open(path, "wb") as out:
                shutil.copyfileobj(file, out)
    return folder


def endless(loader):
    """Batches, epoch after epoch."""
    return itertools.chain.from_iterable(loader for _ in itertools.count())


class Contest:
    """One model: ``kit(n)``, ``usual(n)`` and ``floor(n)`` go n steps on.

    watch: where the kit's time is spent, filled by ``kit``.
    """

    assignment, dataset, batch = "gan-mnist", "MNIST", 128
    normalise = True
    images_name = "IMAGES_PER_EPOCH"

    def __init__(self, device, folder):
        self.device, self.folder = torch.device(device), folder
        self.watch = Watch(self.device)

    @cached_property
    def names(self):
        names = session(self.assignment)
        names["progress"] = lambda steps=None, *_, **__: Bar(steps, disable=True)
        names["print"] = lambda *_, **__: None
        self.watch.iterator(names, "one_epoch")
        self.watch.losses(names, "History")
        return names

    @cached_property
    def batches(self):
        from torchvision import datasets, transforms  # slow, and only this way of training needs it

        steps = [transforms.ToTensor()]
        if self.normalise:
            steps.append(transforms.Normalize((0.5,), (0.5,)))
        root, several = unpacked(self.folder, self.dataset), transforms.Compose(steps)
        data = getattr(datasets, self.dataset)(root, transform=several)
        return endless(DataLoader(data, batch_size=self.batch, shuffle=True, drop_last=True))

    @cached_property
    def ready(self):
        """One batch where the model is, (n, 1, 28, 28)."""
        x = torch.rand(self.batch, 1, 28, 28, device=self.device)
        return 2 * x - 1 if self.normalise else x

    def kit(self, n):
        self.names[self.images_name] = n * self.batch
        self._kit(n)

    def usual(self, n):
        for x, y in itertools.islice(self.batches, n):
            self._usual(x.to(self.device), y.to(self.device))

    def floor(self, n):
        for _ in range(n):
            self._floor()


class LinearGAN(Contest):
    """gan-mnist's fully connected networks."""

    title = "linear GAN"

    def networks(self):
        names = self.names
        return names["discriminator"](seed=1), names["generator"](names["NOISE_DIM"], seed=2)

    @cached_property
    def kits(self):
        return self.networks()

    @cached_property
    def own(self):
        """Networks and optimisers of the usual loop and of the floor."""
        D, G = (net.to(self.device) for net in self.networks())
        solvers = [torch.optim.Adam(m.parameters(), lr=1e-3, betas=(0.5, 0.999)) for m in (D, G)]
        return D, G, *solvers

    @cached_property
    def names(self):
        names = super().names
        self.watch.function(names, "noise")
        return names

    def _kit(self, n):
        names = self.names
        names["train"](
            *self.kits, names["discriminator_loss"], names["generator_loss"], epochs=1,
            batch_size=self.batch,
        )  # fmt: skip

    def _usual(self, real, _):
        D, G, D_solver, G_solver = self.own
        criterion = nn.BCEWithLogitsLoss()
        ones = torch.ones(len(real), 1, device=self.device)
        zeros = torch.zeros(len(real), 1, device=self.device)

        D_solver.zero_grad()
        noise = 2 * torch.rand(len(real), 96, device=self.device) - 1
        fake = G(noise)
        d_loss = criterion(D(real), ones) + criterion(D(fake.detach()), zeros)
        d_loss.backward()
        D_solver.step()

        G_solver.zero_grad()
        noise = 2 * torch.rand(len(real), 96, device=self.device) - 1
        g_loss = criterion(D(G(noise)), ones)
        g_loss.backward()
        G_solver.step()
        d_loss.item(), g_loss.item()

    def _floor(self):
        D, G, *_ = self.own
        z = self.ready.flatten(1)[:, :96]
        with torch.no_grad():
            fake = G(z)
        for net in (D, G):
            net.zero_grad()
        (D(self.ready).mean() + D(fake).mean()).backward()
        # The generator's turn needs no gradient of the discriminator's weights.
        D.requires_grad_(False)
        D(G(z)).mean().backward()
        D.requires_grad_(True)


class ConvolutionalGAN(LinearGAN):
    title = "convolutional GAN"

    def networks(self):
        names = self.names
        return names["build_dc_classifier"](), names["build_dc_generator"](names["NOISE_DIM"])


class AutoEncoder(Contest):
    """vae: the variational auto-encoder."""

    title, assignment, normalise = "VAE", "vae", False

    @cached_property
    def own(self):
        model = self.names["VAE"]().to(self.device)
        return model, torch.optim.Adam(model.parameters(), lr=1e-3)

    @cached_property
    def kits(self):
        return self.names["VAE"]()

    def _kit(self, n):
        names = self.names
        # The test images of an epoch are no training step.
        names["TEST_IMAGES"] = 1
        names["train"](self.kits, names["loss_function"], epochs=1)

    def _usual(self, x, _):
        model, solver = self.own
        solver.zero_grad()
        recon, mu, log_var = model(x)
        bce = F.binary_cross_entropy(recon, x.view(-1, 784), reduction="sum")
        kld = -0.5 * torch.sum(1 + log_var - mu.pow(2) - log_var.exp())
        loss = bce + kld
        loss.backward()
        loss.item()
        solver.step()

    def _floor(self):
        model, _ = self.own
        model.zero_grad()
        recon, mu, log_var = model(self.ready)
        (recon.mean() + mu.mean() + log_var.mean()).backward()


class EnergyModel(Contest):
    """ebm-mnist: 60 Langevin steps for each update."""

    title, assignment = "energy-based model", "ebm-mnist"
    steps = 60

    @property
    def batch(self):
        return 128 if self.device.type == "cuda" else 32

    @cached_property
    def own(self):
        model = self.names["CNNModel"]().to(self.device)
        return model, torch.optim.Adam(model.parameters(), lr=1e-4, betas=(0.0, 0.999))

    @cached_property
    def kits(self):
        return self.names["CNNModel"]().to(self.device)

    @cached_property
    def buffer(self):
        return [2 * torch.rand(1, 1, 28, 28) - 1 for _ in range(self.batch)]

    @cached_property
    def names(self):
        names = super().names
        names["EPOCHS"] = 1
        names["CHAIN_STEPS"] = self.steps
        self.watch.around(names["Sampler"], "sample_new_exmps", names, "generate_samples")
        return names

    def _kit(self, n):
        names = self.names
        names["train"](self.kits, names["Sampler"](self.kits, (1, 28, 28), sample_size=self.batch))

    def _usual(self, real, _):
        model, solver = self.own
        fake = self._usual_samples(model)
        real = (real + 0.005 * torch.randn_like(real)).clamp(-1, 1)
        f_real, f_fake = model(torch.cat([real, fake])).chunk(2)
        cd = f_fake.mean() - f_real.mean()
        loss = cd + 0.1 * (f_real**2 + f_fake**2).mean()
        solver.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 0.1)
        solver.step()
        loss.item(), cd.item()

    def _usual_samples(self, model):
        n_new = int(torch.distributions.Binomial(self.batch, torch.tensor(0.05)).sample())
        new = 2 * torch.rand(n_new, 1, 28, 28) - 1
        picked = torch.randint(len(self.buffer), (self.batch - n_new,))
        x = torch.cat([new, *(self.buffer[i] for i in picked)]).to(self.device)
        for parameter in model.parameters():
            parameter.requires_grad = False
        x.requires_grad = True
        noise = torch.empty_like(x)
        for _ in range(self.steps):
            noise.normal_(0, 0.005)
            x.data.add_(noise)
            x.data.clamp_(-1, 1)
            energy = -model(x)
            energy.sum().backward()
            x.grad.data.clamp_(-0.03, 0.03)
            x.data.add_(-10 * x.grad.data)
            x.grad.zero_()
            x.data.clamp_(-1, 1)
        for parameter in model.parameters():
            parameter.requires_grad = True
        x = x.detach()
        self.buffer[:0] = list(x.cpu().split(1))
        del self.buffer[8192:]
        return x

    def _floor(self):
        model, _ = self.own
        x = self.ready.requires_grad_()
        model.requires_grad_(False)
        for _ in range(self.steps):
            torch.autograd.grad(model(x).sum(), x)
        model.requires_grad_(True)
        model.zero_grad()
        model(torch.cat([x, x]).detach()).mean().backward()


class FashionGame(Contest):
    """gan-fashion: one of its three games."""

    assignment, dataset, batch, images_name = "gan-fashion", "FashionMNIST", 64, "IMAGES"
    loss = "loss_nonsaturating"
    title = "gan-fashion, non-saturating"

    @cached_property
    def own(self):
        d, g = Discriminator().to(self.device), Generator().to(self.device)
        return d, g, *(torch.optim.Adam(m.parameters(), 1e-3, (0.5, 0.999)) for m in (d, g))

    @cached_property
    def kits(self):
        return Generator().to(self.device), Discriminator().to(self.device)

    @cached_property
    def names(self):
        names = super().names
        # No sheets of samples between the steps that are timed.
        names["MILESTONES"] = ()
        names["draw_sheet"] = lambda g: None
        return names

    def _kit(self, n):
        names = self.names
        names["train"](names[self.loss], *self.kits)

    def _usual(self, real, _):
        d, g, d_solver, g_solver = self.own
        z = torch.randn(len(real), g.dim_z, device=self.device)
        fake = g(z)
        d_solver.zero_grad()
        d_loss = self._usual_d(d, real, fake.detach())
        d_loss.backward()
        d_solver.step()
        g_solver.zero_grad()
        g_loss = self._usual_g(d(fake))
        g_loss.backward()
        g_solver.step()
        d_loss.item(), g_loss.item()

    def _usual_d(self, d, real, fake):
        return F.softplus(-d(real)).mean() + F.softplus(d(fake)).mean()

    def _usual_g(self, logits):
        return F.softplus(-logits).mean()

    def _floor(self):
        d, g, *_ = self.own
        d.zero_grad(), g.zero_grad()
        fake = g(self.ready.flatten(1)[:, : g.dim_z])
        self._floor_d(d, fake.detach()).backward()
        d.requires_grad_(False)
        d(fake).mean().backward()
        d.requires_grad_(True)

    def _floor_d(self, d, fake):
        return d(self.ready).mean() + d(fake).mean()


class WassersteinGame(FashionGame):
    loss = "loss_wasserstein_gp"
    title = "gan-fashion, WGAN-GP"

    def _usual_d(self, d, real, fake):
        return d(fake).mean() - d(real).mean() + 10 * self._penalty(d, real, fake)

    def _usual_g(self, scores):
        return -scores.mean()

    def _floor_d(self, d, fake):
        return super()._floor_d(d, fake) + self._penalty(d, self.ready, fake)

    def _penalty(self, d, real, fake):
        alpha = torch.rand(len(real), 1, 1, 1, device=self.device)
        mixed = (alpha * real + (1 - alpha) * fake).requires_grad_()
        scores = d(mixed)
        (slope,) = torch.autograd.grad(scores, mixed, torch.ones_like(scores), create_graph=True)
        return ((slope.flatten(1).norm(dim=1) - 1) ** 2).mean()


CONTESTS = {
    "linear-gan": LinearGAN,
    "dc-gan": ConvolutionalGAN,
    "vae": AutoEncoder,
    "ebm": EnergyModel,
    "fashion": FashionGame,
    "fashion-wgan": WassersteinGame,
}
