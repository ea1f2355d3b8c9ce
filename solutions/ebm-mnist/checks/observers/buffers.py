"""Observers of the replay buffer: which images are replayed, new and kept."""

from collections.abc import Callable

import numpy
import torch
from scipy import special
from torch.distributions import Uniform

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
        model(inp_imgs)  # which is where the network is
        return inp_imgs.detach().clone()

    size = inputs["sample_size"]
    sampler = _sampler(call, inputs, chains)
    known = set(_rows(sampler.examples))
    counts, fresh, judged, last, most, distinct = set(), [], 0, [], 0, True
    for _ in range(inputs["calls"]):
        rows = _rows(sampler.sample_new_exmps(steps=0, step_size=10))
        counts.add((len(rows) > size) - (len(rows) < size))
        if known:  # an empty buffer has nothing to replay
            new = [row for row in rows if row not in known]
            fresh, most = fresh + new, max(most, len(new))
            distinct = distinct and (len(rows) != size or len(set(new)) == len(new))
            judged += len(rows)
        known.update(rows)
        last = [*last[-1:], rows]
    return {
        "how many images come back": {(0,): "sample_size", (1,): "more", (-1,): "fewer"}.get(
            tuple(counts), "it changes"
        ),
        "share of new noise": _share(len(fresh), judged),
        # Of 200 images more than 60 are new less than once in 10^30 calls.
        "no call has many more new images than 5%": most <= 0.3 * size or len(fresh) == judged,
        "each new image has noise of its own": distinct,
        "the new noise is uniform on [-1, 1]": not fresh or _uniform(fresh),
        "steps and step_size reach the chains": set(asked) in (set(), {(0, 10)}),
        **_kept(sampler, last, inputs["max_len"]),
    }


def moving_buffer(call: Callable, inputs: Inputs) -> Observations:
    """Calls of sample_new_exmps with chains that move: what they return is what is kept.

    inputs: "sample_size", "max_len", "calls".
    """
    starts, ends, networks = [], [], []

    def chains(model, inp_imgs, steps=60, step_size=10, return_img_per_step=False):
        networks.append(model)
        starts.append(_rows(inp_imgs))
        # Another image after each call, still inside [-1, 1].
        moved = (inp_imgs.detach() * 0.9 + 0.001 * len(starts)).clone()
        ends.append(_rows(moved))
        return moved

    model = LinearScore(torch.zeros(SHAPE).flatten())
    sampler, last, places, given_back = _sampler(call, inputs, chains, model), [], [], True
    try:
        for _ in range(inputs["calls"]):
            before = _rows(sampler.examples)
            rows = _rows(sampler.sample_new_exmps(steps=2, step_size=1))
            given_back = given_back and (not ends or sorted(rows) == sorted(ends[-1]))
            last = [*last[-1:], rows]
            places.append(_places(before, starts[-1]) if starts else None)
    except Exception:
        if starts:
            raise
        # If the student's own chains fail, another exercise says so.
        return {"it ran": True, **dict.fromkeys(_moving_names(), True)}
    return {
        "it ran": True,
        "the chains get the network": all(one is model for one in networks),
        "the images that the chains return are given back": given_back,
        "images are replayed from the whole buffer": _are_spread(places[len(places) // 2 :]),
        "an entry of the buffer is one image": _are_single(sampler.examples),
        **_kept(sampler, last, inputs["max_len"]),
    }


def _places(before, start):
    """Where in the buffer the replayed images were, from 0 to 1: first and last of equal ones."""
    place: dict[bytes, tuple[float, float]] = {}
    for number, row in enumerate(before):
        here = number / len(before)
        place[row] = place.get(row, (here,))[0], here
    return [place[row] for row in start if row in place]


def _are_spread(places):
    """Whether some may come from either half. Of 30, all are of one half once in 10^9 calls."""
    if None in places:  # chains of its own: not seen
        return True
    replayed = [place for call in places for place in call]
    # Where fewer are replayed, the share of new noise is wrong, and that is said elsewhere.
    return len(replayed) < 30 or (
        min(first for first, _ in replayed) < 0.5 < max(last for _, last in replayed)
    )


def _are_single(entries):
    if isinstance(entries, torch.Tensor):
        entries = entries[:1]
    return all(part.numel() == torch.Size(SHAPE).numel() for part in entries)


def _moving_names():
    return (
        "the chains get the network",
        "the images that the chains return are given back",
        "images are replayed from the whole buffer",
        "an entry of the buffer is one image",
        *_kept_names(),
    )


def _sampler(call, inputs, chains, model=None):
    """A sampler with our chains; one written elsewhere brings its own."""
    model = model or LinearScore(torch.zeros(SHAPE).flatten())
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
    # A number that is rounded in every call has no spread at all.
    tails = special.bdtr(count, total, SHARE), special.bdtrc(count - 1, total, SHARE)
    return "about 5%" if min(tails) > SHARE_FALSE_ALARM / 2 else "another share"


def _uniform(rows):
    """Whether the rows may be uniform on [-1, 1]; that some are equal is said elsewhere."""
    pixels = torch.from_numpy(numpy.frombuffer(b"".join(dict.fromkeys(rows))).copy())
    return fits(pixels, Uniform(-1.0, 1.0), NOISE_FALSE_ALARM)


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
