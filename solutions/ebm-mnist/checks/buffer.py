"""Part 3: the replay buffer."""

import random

import torch

from autograder.judging import Exercise, Misconception, Probe
from autograder.judging.probes import together

from .observers import buffers


class _Buffer:
    """The sampler as students write it, with one flaw; the chains are an argument."""

    def __init__(
        self, model, img_shape, sample_size, max_len, generate, *,
        share=0.05, replayed=None, remember=True, bounded=True, oldest=False, keeps="what came out",
        low=-1.0, noise=None, replay="any", gives="what came out", sizes=None,
    ):  # fmt: skip
        self.model, self.img_shape, self.sample_size = model, tuple(img_shape), sample_size
        self.max_len, self.generate, self.share = max_len, generate, share
        self.replayed, self.remember, self.bounded = replayed, remember, bounded
        self.oldest, self.keeps, self.low, self.draw = oldest, keeps, low, noise
        self.replay, self.gives, self.sizes = replay, gives, sizes
        # The constructor is given in the notebook, so it is right.
        self.examples = list((2 * torch.rand(sample_size, *self.img_shape) - 1).split(1))

    def _noise(self, n):
        if self.draw is not None:
            return self.draw(n, *self.img_shape)
        return torch.rand(n, *self.img_shape) * (1 - self.low) + self.low

    def sample_new_exmps(self, steps=60, step_size=10):
        n = self.sample_size
        if not self.remember:
            self.examples = list(self._noise(n).split(1))
        new = round(n * self.share)
        old = n - new if self.replayed is None else self.replayed * n
        among = {
            "any": self.examples,
            "newest": self.examples[:old],
            "oldest": self.examples[-old:],
        }
        drawn = [random.choice(among[self.replay]) for _ in range(old)]
        images = torch.cat([self._noise(new), *drawn])
        steps, step_size = self.sizes or (steps, step_size)
        out = self.generate(self.model, images, steps=steps, step_size=step_size)
        kept = list((images if self.keeps == "what went in" else out).split(1))
        self.examples = self.examples + kept if self.oldest else kept + self.examples
        if self.bounded:
            self.examples = self.examples[: self.max_len]
        return images if self.gives == "what went in" else out


def _shared(n, *shape):
    return (2 * torch.rand(1, *shape) - 1).expand(n, *shape)


def _sampler(**flaw):
    def Sampler(model, img_shape, sample_size, max_len=8192, generate=None):
        return _Buffer(model, img_shape, sample_size, max_len, generate, **flaw)

    return Sampler


class _Forgetful(_Buffer):
    """Keeps only the last call."""

    def sample_new_exmps(self, steps=60, step_size=10):
        out = super().sample_new_exmps(steps, step_size)
        self.examples = list(out.split(1))
        return out


def _forgetful(model, img_shape, sample_size, max_len=8192, generate=None):
    return _Forgetful(model, img_shape, sample_size, max_len, generate)


def _buffer_probe(name, look, **sizes):
    return Probe(name, together(**sizes), look)


Sampler = Exercise(
    id="ebm-mnist.Sampler",
    truth="5% new noise from U(-1, 1), 95% from the buffer; the newest kept, at most max_len",
    source="Du and Mordatch 2019, section 3.2; a binomial test for the share of new noise and a"
    " Kolmogorov-Smirnov test for its values, false alarm 1e-6 in all",
    points=8,
    probes=(
        _buffer_probe(
            "chains without steps", buffers.buffer, sample_size=200, max_len=1000, calls=20
        ),
        _buffer_probe(
            "chains that move", buffers.moving_buffer, sample_size=32, max_len=160, calls=7
        ),
    ),
    oracle=_sampler(),
    misconceptions=(
        Misconception(
            "reset every call",
            "The buffer must outlive the call: new images go in front of the old ones, and"
            " self.examples is created only once.",
            (_sampler(remember=False), _forgetful),
        ),
        Misconception(
            "all fresh",
            "Only 5% start from new noise; the other 95% are drawn from the buffer and walk on.",
            (_sampler(share=1.0),),
        ),
        Misconception(
            "nothing fresh",
            "5% start from new noise in every call, or the chains see the same few valleys for"
            " ever.",
            (_sampler(share=0.0),),
        ),
        Misconception(
            "the wrong share of new noise",
            "Of all images 5% start from new noise, and 95% come from the buffer.",
            (_sampler(share=0.95), _sampler(share=0.5), _sampler(share=0.1)),
        ),
        Misconception(
            "a doubled batch",
            "New and replayed images together are sample_size: new images replace some of the"
            " replayed ones.",
            (
                _sampler(replayed=1),
                _sampler(replayed=2),
                _sampler(replayed=2, share=0.0),
                _sampler(replayed=1, share=1.0),
            ),
        ),
        Misconception(
            "the buffer grows without end",
            "After each call the buffer is cut to max_len images.",
            (_sampler(bounded=False),),
        ),
        Misconception(
            "the oldest kept",
            "When the buffer is full the oldest images must go, and those of this call must stay.",
            (_sampler(oldest=True),),
        ),
        Misconception(
            "the starting points kept",
            "The buffer gets the images that the chains return, not those with which they began.",
            (_sampler(keeps="what went in"),),
        ),
        Misconception(
            "the starting points given back",
            "What is returned is what the chains return, not the images with which they began.",
            (_sampler(gives="what went in"),),
        ),
        Misconception(
            "not replayed from the whole buffer",
            "The replayed images are drawn at random from all of self.examples, not only from its"
            " newest or oldest ones.",
            (_sampler(replay="newest"), _sampler(replay="oldest")),
        ),
        Misconception(
            "steps and step_size not passed on",
            "The chains have as many steps, and as large ones, as this call was asked for:"
            " steps=steps, step_size=step_size.",
            (_sampler(sizes=(60, 10)), _sampler(sizes=(60, 1))),
        ),
        Misconception(
            "one noise for all new images",
            "Each new chain begins at noise of its own, or they all find the same valley.",
            (_sampler(noise=_shared),),
        ),
        Misconception(
            "noise from the wrong range",
            "New noise is uniform on [-1, 1], as the images are: 2 * torch.rand(...) - 1.",
            (
                _sampler(low=0.0),
                _sampler(noise=torch.randn),
                _sampler(noise=lambda *shape: torch.rand(*shape) - 0.5),
            ),
        ),
    ),
)
