"""Observers of the replay buffer: which images are replayed, new and kept."""

from collections.abc import Callable

import numpy
import torch
from scipy import stats

from autograder.judging.distribution import fits
from autograder.judging.exercise import Inputs, Observations
from helpers.toys import LinearScore

SHAPE = (1, 4, 4)
SHARE = 0.05
# One judgement looks once at the share of new noise and once at its values.
SHARE_FALSE_ALARM, NOISE_FALSE_ALARM = 4e-7, 4e-7


def buffer(call: Callable, inputs: Inputs) -> Observations:
    """Calls of sample_new_exmps with chains of no steps: images come back as they were put in.

    inputs: "sample_size", "max_len", "calls". How many of the images are new is binomial, or a
    number that was rounded once; the check refuses at most one right answer in a million.
    """
    asked = []

    def chains(model, inp_imgs, steps=60, step_size=10, return_img_per_step=False):
        asked.append((steps, step_size))
        return inp_imgs.detach().clone()

    size = inputs["sample_size"]
    sampler = _sampler(call, inputs, chains)
    known = set(_rows(sampler.examples))
    counts, fresh, judged, last = set(), [], 0, []
    for _ in range(inputs["calls"]):
        rows = _rows(sampler.sample_new_exmps(steps=0, step_size=10))
        counts.add((len(rows) > size) - (len(rows) < size))
        if known:  # an empty buffer has nothing to replay
            fresh += [row for row in rows if row not in known]
            judged += len(rows)
        known.update(rows)
        last = [*last[-1:], rows]
    return {
        "how many images come back": {(0,): "sample_size", (1,): "more", (-1,): "fewer"}.get(
            tuple(counts), "it changes"
        ),
        "share of new noise": _share(len(fresh), judged),
        "the new noise is uniform on [-1, 1]": not fresh or _uniform(fresh),
        "steps and step_size reach the chains": set(asked) in (set(), {(0, 10)}),
        **_kept(sampler, last, inputs["max_len"]),
    }


def moving_buffer(call: Callable, inputs: Inputs) -> Observations:
    """Calls of sample_new_exmps with chains that move: what they return is what is kept."""
    calls = []

    def chains(model, inp_imgs, steps=60, step_size=10, return_img_per_step=False):
        calls.append(1)
        # Another image after each call, still inside [-1, 1].
        return (inp_imgs.detach() * 0.9 + 0.001 * len(calls)).clone()

    sampler, last = _sampler(call, inputs, chains), []
    try:
        for _ in range(inputs["calls"]):
            last = [*last[-1:], _rows(sampler.sample_new_exmps(steps=2, step_size=1))]
    except Exception:
        if calls:
            raise
        # If the student's own chains fail, another exercise says so.
        return {"it ran": True, **dict.fromkeys(_kept_names(), True)}
    return {"it ran": True, **_kept(sampler, last, inputs["max_len"])}


def _sampler(call, inputs, chains):
    """A sampler with our chains; one written elsewhere brings its own."""
    model = LinearScore(torch.zeros(SHAPE).flatten())
    about = (model, SHAPE, inputs["sample_size"])
    try:
        return call(*about, max_len=inputs["max_len"], generate=chains)
    except TypeError as error:
        if "generate" not in str(error):
            raise
        return call(*about, max_len=inputs["max_len"])


def _rows(images):
    """Images, or a list of them, each as bytes that can be looked up."""
    if not isinstance(images, torch.Tensor):
        images = torch.cat([part.detach().reshape(-1, *SHAPE) for part in images])
    table = images.detach().reshape(-1, torch.Size(SHAPE).numel()).cpu().double().numpy()
    return [row.tobytes() for row in table]


def _share(count, total):
    if count in (0, total):
        return "none" if count == 0 else "all"
    law = stats.binom(total, SHARE)
    # A number that is rounded in every call has no spread at all.
    return (
        "about 5%"
        if min(law.cdf(count), law.sf(count - 1)) > SHARE_FALSE_ALARM / 2
        else "another share"
    )


def _uniform(rows):
    pixels = torch.from_numpy(numpy.frombuffer(b"".join(rows)).copy())
    return fits(pixels, stats.uniform(-1, 2), NOISE_FALSE_ALARM)


def _kept_names():
    return (
        "the buffer is never longer than max_len",
        "the buffer keeps the newest images",
        "the buffer remembers earlier calls",
    )


def _kept(sampler, last, max_len):
    kept = _rows(sampler.examples)
    there = set(kept)
    before, newest = (set(rows) <= there for rows in last)
    return dict(zip(_kept_names(), (len(kept) <= max_len, newest, before), strict=True))
