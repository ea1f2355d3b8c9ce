"""Part 4: the optimiser and one training step."""

import torch

from autograder.judging import Exercise, Misconception, Probe, Remark
from autograder.judging.exercise import Tolerance
from autograder.judging.misconceptions import NO_GRAPH
from autograder.judging.probes import known_gradients, together, uniform
from autograder.oracles import optimisers

from . import oracles
from .observers import training


class _Planned:
    """Adam and its schedule in closed form: each step uses the current learning rate."""

    def __init__(self, model, plan):
        self.weight, self.plan, self.epoch = model.weight, plan, 0
        zero = torch.zeros_like(model.weight.detach())
        self.reached, self.places = zero, self._path(zero, self._gradients())

    def _gradients(self):
        while True:
            yield self.weight.grad

    def _path(self, zero, gradients):
        """Where the updates of rate 1 lead, from 0."""
        if self.plan["plain"]:
            return optimisers.sgd_path(zero, gradients, 1.0)
        return optimisers.adam_path(
            zero,
            gradients,
            1.0,
            self.plan["beta1"],
            self.plan["beta2"],
            largest=self.plan["largest"],
        )

    def step(self):
        rate = self.plan["lr"] * self.plan["gamma"] ** self.epoch
        before, self.reached = self.reached, next(self.places)
        with torch.no_grad():
            self.weight.mul_(1 - rate * self.plan["decay"]).add_(rate * (self.reached - before))


class _Schedule:
    def __init__(self, solver):
        self.solver = solver

    def step(self):
        self.solver.epoch += 1


def _plan(lr=1e-4, beta1=0.0, beta2=0.999, gamma=0.97, plain=False, decay=0.0, largest=False):
    settings = {
        "lr": lr, "beta1": beta1, "beta2": beta2, "gamma": gamma, "plain": plain, "decay": decay,
        "largest": largest,
    }  # fmt: skip

    def configure(model):
        solver = _Planned(model, settings)
        return solver, _Schedule(solver)

    return configure


configure_optimizers = Exercise(
    id="ebm-mnist.configure_optimizers",
    truth="Adam, lr 1e-4, betas (0, 0.999); after each epoch the rate is multiplied by 0.97",
    source="Kingma and Ba 2015, algorithm 1; Du and Mordatch 2019, appendix (beta1 = 0)",
    points=3,
    probes=(
        Probe(
            "38 steps in 19 epochs under known gradients",
            together(start=uniform(0.6, 1.4, 4), gradients=known_gradients),
            training.optimiser_and_schedule,
        ),
    ),
    oracle=_plan(),
    tolerance=Tolerance(rtol=1e-4, atol=1e-8),
    misconceptions=(
        Misconception(
            "betas left at their default",
            "Adam's default is (0.9, 0.999); the samples change at every step, so use beta1 = 0.",
            (_plan(beta1=0.9),),
        ),
        Misconception(
            "the betas of a GAN",
            "beta1 is 0 here, not 0.5: no momentum at all.",
            (_plan(beta1=0.5),),
        ),
        Misconception(
            "the wrong learning rate",
            "The learning rate is 1e-4.",
            tuple(_plan(lr=lr) for lr in (1e-3, 1e-2, 1e-5, 2e-4, 5e-4)),
        ),
        Misconception(
            "the betas swapped",
            "betas is the pair (beta1, beta2) = (0, 0.999).",
            (_plan(beta1=0.999, beta2=0.0),),
        ),
        Misconception(
            "the wrong beta2",
            "beta2 is 0.999, torch's default.",
            tuple(_plan(beta2=beta2) for beta2 in (0.9, 0.99, 0.9999, 0.5)),
        ),
        Misconception(
            "weight decay",
            "AdamW shrinks the weights at every step unless weight_decay is 0; Adam does not.",
            tuple(_plan(decay=decay) for decay in (0.01, 1e-4, 0.1)),
        ),
        Misconception(
            "no schedule",
            "The learning rate must shrink by the factor 0.97 whenever the scheduler steps.",
            (_plan(gamma=1.0),),
        ),
        Misconception(
            "the wrong decay",
            "StepLR multiplies the learning rate by gamma after step_size epochs: gamma = 0.97,"
            " step_size = 1.",
            tuple(_plan(gamma=gamma) for gamma in (0.1, 0.9, 0.95, 0.99, 0.5, 0.03)),
        ),
        Misconception(
            "plain gradient descent",
            "The steps are proportional to the gradient, as in SGD; Adam is asked for.",
            tuple(_plan(lr=lr, plain=True) for lr in (1e-4, 1e-3, 1e-2)),
        ),
        Misconception(
            "AMSGrad for Adam",
            "With amsgrad=True the steps are divided by the largest mean square so far; leave it"
            " out.",
            (_plan(largest=True),),
        ),
    ),
)


def _linear_step(
    model, optimizer, sample, contrastive_divergence_loss, regularization_loss, real, noise
):
    """The exact step on the linear toy, written into its parameters."""
    fake = sample().detach()
    w, cd_loss, reg_loss = oracles.linear_ebm_step(
        model.weight().detach(),
        real.flatten(1),
        noise.flatten(1),
        fake.flatten(1),
        optimizer.param_groups[0]["lr"],
    )
    with torch.no_grad():
        model.left.copy_(w[: len(model.left)])
        model.right.copy_(w[len(model.left) :])
    return cd_loss, reg_loss


def _flawed_step(
    detach=True, noise_on="real", cut=True, clip="norm", clear=True, 
    weights=(1.0, 1.0), swap=False, moves=True, pushed_by="both", returns="losses",
):  # fmt: skip
    """The step as students write it, with one flaw.

    detach: the samples. noise_on: the images with noise. cut: to [-1, 1]. clip: how the gradient
    is. clear: old gradients. weights: of both losses. swap: of real images and samples. moves:
    whether the weights do. pushed_by: the images whose gradient counts. returns: what comes back.
    """

    def ebm_step(
        model, optimizer, sample, contrastive_divergence_loss, regularization_loss, real, noise
    ):
        fake = sample()
        fake = fake.detach() if detach else fake
        real = real + noise if noise_on in ("real", "both") else real
        fake = fake + noise if noise_on in ("fake", "both") else fake
        real = real.clamp(-1, 1) if cut else real

        def losses():
            f_real, f_fake = model(real), model(fake)
            if pushed_by != "both":
                f_real, f_fake = (
                    (f_real, f_fake.detach()) if pushed_by == "real" else (f_real.detach(), f_fake)
                )
            if swap:
                f_real, f_fake = f_fake, f_real
            return contrastive_divergence_loss(f_real, f_fake), regularization_loss(f_real, f_fake)

        cd_loss, reg_loss = losses()
        if clear:
            optimizer.zero_grad()
        (weights[0] * cd_loss + weights[1] * reg_loss).backward()
        parameters = list(model.parameters())
        if clip == "norm":
            torch.nn.utils.clip_grad_norm_(parameters, 0.1)
        if clip == "value":
            torch.nn.utils.clip_grad_value_(parameters, 0.1)
        if clip == "each":
            for one in parameters:
                torch.nn.utils.clip_grad_norm_(one, 0.1)
        if clip == "normalised":
            norm = torch.cat([one.grad for one in parameters]).norm()
            for one in parameters:
                one.grad.mul_(0.1 / norm)
        if clip == "each normalised":
            for one in parameters:
                one.grad.mul_(0.1 / one.grad.norm())
        if clip == "norm 1":
            torch.nn.utils.clip_grad_norm_(parameters, 1.0)
        if moves:
            optimizer.step()
        if returns == "after":
            cd_loss, reg_loss = losses()
        pair = cd_loss.detach(), reg_loss.detach()
        return pair[::-1] if returns == "swapped" else pair

    return ebm_step


def _refused_by_autograd(complaint):
    def ebm_step(*given):
        raise RuntimeError(complaint)

    return ebm_step


def _step_probe(name, spread, lr):
    """spread: of pixels around a common picture; small ones leave little to clip."""

    def draw(g):
        def batch(n):
            real = uniform(-0.3, 0.9, n, 1, 4, 4)(g) * spread
            # Ink and background lie at the very ends, where noise must be cut off.
            real[:, :, 0] = torch.tensor([1.0, -1.0, 1.0, -1.0]).double()
            fake = uniform(-0.9, 0.4, n, 1, 4, 4)(g) * spread
            fake[:, :, 0] = real[:, :, 0].mean(0)
            return real, uniform(-0.04, 0.05, n, 1, 4, 4)(g), fake

        w = uniform(-0.05, 0.08, 16)(g) * (1 if spread == 1 else 0.2)
        return {"w": w, "lr": lr, "drift": 0.5, "batches": [batch(6), batch(4)]}

    return Probe(name, draw, training.ebm_steps)


CLIPPED, GENTLE = "two steps with large gradients", "two steps with small gradients"

ebm_step = Exercise(
    id="ebm-mnist.ebm_step",
    truth="the exact weights of a linear f after two steps of SGD, clipped at norm 0.1",
    source="Du and Mordatch 2019, algorithm 1; clipping: Pascanu et al. 2013, algorithm 1",
    points=7,
    probes=(_step_probe(CLIPPED, 1, 0.7), _step_probe(GENTLE, 0.02, 0.7)),
    oracle=_linear_step,
    remarks=(
        Remark(
            training.LOSS_WITH_GRAPH,
            "A loss that is returned still holds its graph: detach() it, or whoever keeps the"
            " losses of a training keeps all of their graphs.",
        ),
    ),
    misconceptions=(
        Misconception(*NO_GRAPH, (_refused_by_autograd("does not require grad"),)),
        Misconception(
            "samples not detached",
            "The samples were made with the model's help, and the loss must not flow back through"
            " the sampler: sample().detach().",
            (
                _flawed_step(detach=False),
                _refused_by_autograd("Trying to backward through the graph a second time"),
            ),
        ),
        Misconception(
            "no noise on the real images",
            "The small noise is there so that f cannot tell real images by their perfectly clean"
            " pixels: use real + noise.",
            (_flawed_step(noise_on=None), _flawed_step(noise_on=None, cut=False)),
        ),
        Misconception(
            "noisy images not cut to [-1, 1]",
            "Samples never leave [-1, 1]; if noisy real images do, f learns that instead: clamp"
            " them.",
            (_flawed_step(cut=False),),
        ),
        Misconception(
            "no clipping",
            "Between backward and step the norm of all gradients together is cut down to 0.1:"
            " torch.nn.utils.clip_grad_norm_.",
            (_flawed_step(clip=None),),
        ),
        Misconception(
            "clipped in the wrong way",
            "The norm of the gradient is cut down to 0.1 where it is longer. Clipping each entry"
            " changes its direction, and scaling short gradients up is not clipping.",
            tuple(
                _flawed_step(clip=how)
                for how in ("value", "normalised", "each normalised", "norm 1")
            ),
        ),
        Misconception(
            "stale gradients not zeroed",
            "backward() adds to what is there: clear the gradients first.",
            (_flawed_step(clear=False),),
        ),
        Misconception(
            "the regulariser left out",
            "The step is taken on the sum of both losses.",
            (_flawed_step(weights=(1.0, 0.0)),),
        ),
        Misconception(
            "real and fake swapped",
            "The losses take f of the real images first.",
            (_flawed_step(swap=True),),
        ),
        Misconception(
            "uphill",
            "The loss grows: minimise it, by loss.backward() and optimizer.step().",
            (_flawed_step(weights=(-1.0, -1.0)),),
        ),
        Misconception(
            "each parameter clipped on its own",
            "The norm is that of all gradients together: give clip_grad_norm_ all parameters at"
            " once, or the gradient changes its direction.",
            (_flawed_step(clip="each"),),
        ),
        Misconception(
            "noise on the samples",
            "Only the real images get noise; the sampler has already left its own on the samples.",
            (
                _flawed_step(noise_on="both"),
                _flawed_step(noise_on="fake"),
                _flawed_step(noise_on="fake", cut=False),
            ),
        ),
        Misconception(
            "the weights do not move",
            "After the step the weights are where they were: optimizer.step() comes after"
            " backward(), and the gradients are still there then.",
            (_flawed_step(moves=False),),
        ),
        Misconception(
            "only one side pushes",
            "f of the real images and f of the samples both need their gradient: no detach() and no"
            " no_grad() around model(...).",
            (_flawed_step(pushed_by="real"), _flawed_step(pushed_by="fake")),
        ),
        Misconception(
            "the contrastive loss left out",
            "The step is taken on the sum of both losses.",
            (_flawed_step(weights=(0.0, 1.0)),),
        ),
        Misconception(
            "the losses after the update",
            "Both losses are those of the update itself: compute them once, before the step.",
            (_flawed_step(returns="after"),),
        ),
        Misconception(
            "the two losses swapped",
            "The contrastive divergence is returned first, the regulariser second.",
            (_flawed_step(returns="swapped"),),
        ),
    ),
)
