"""A training of a notebook that is interrupted goes on, and ends as if it had not been."""

import random
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest
import torch

from benchmarks.notebooks import session


@dataclass(frozen=True)
class Training:
    """A notebook's ``train``, made small.

    smaller: names of the notebook, set to other values. call: runs it under the name "kept".
    counted: a name that the loop calls so many times (each) in each of its three steps: it is
    stopped at the first call of the last one. ends: what is compared, of what ``train`` returns.
    """

    notebook: str
    smaller: dict[str, int]
    call: str
    counted: str
    each: int
    ends: str


TRAININGS = (
    Training(
        "vae",
        {"IMAGES_PER_EPOCH": 256, "TEST_IMAGES": 64},
        "train(VAE(), loss_function, 3, checkpoint='kept')",
        "in_nats",
        3,
        "[found.test.series('loss'), found.train.series('loss'), found.samples[3]]",
    ),
    Training(
        "gan-mnist",
        {"IMAGES_PER_EPOCH": 256},
        "train(discriminator(seed=1), generator(NOISE_DIM, seed=2), discriminator_loss, "
        "generator_loss, epochs=3, keep_samples_at=(1, 3), checkpoint='kept')",
        "gan_step",
        2,
        "[found.history.series('generator'), *found.samples.values()]",
    ),
    Training(
        "ebm-mnist",
        {"IMAGES_PER_EPOCH": 16, "EPOCHS": 3, "UPDATES_PER_EPOCH": 2, "CHAIN_STEPS": 2},
        "train(*(lambda m: (m, Sampler(m, (1, 28, 28), 8)))(CNNModel()), checkpoint='kept')",
        "ebm_step",
        2,
        "[found[0].series('contrastive_divergence'), *found[1].values()]",
    ),
    Training(
        "gan-fashion",
        {"IMAGES": 48, "BATCH_SIZE": 16},
        "train(loss_nonsaturating, Generator(), Discriminator(), checkpoint='kept')",
        "update_both",
        1,
        # Inside its one epoch, the order of the images is drawn anew.
        "[[len(found[0])], sorted(found[1])]",
    ),
)


def ended(training, names, stop=None):
    """What the training ends with, and how often it called what is counted.

    stop: of these calls, the one that is interrupted; the training is then started once more.
    """
    original, calls = names[training.counted], []

    def counted(*given, **named):
        calls.append(1)
        if len(calls) == stop:
            raise KeyboardInterrupt
        return original(*given, **named)

    names[training.counted] = counted
    for _ in range(1 if stop is None else 2):
        torch.manual_seed(3)
        random.seed(3)
        try:
            names["found"] = eval(training.call, names)
        except KeyboardInterrupt:
            assert list(Path("checkpoints").iterdir())
    names[training.counted] = original
    return eval(training.ends, names), len(calls)


@pytest.mark.parametrize("training", TRAININGS, ids=lambda training: training.notebook)
def test_it_goes_on_where_it_was(training, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COURSE_BUDGET", "short")  # to be put back; session() sets it
    names = session(training.notebook, "short")
    names |= training.smaller
    names["Checkpoint"] = partial(names["Checkpoint"], every=0)
    wanted, calls = ended(training, names)
    found, with_repetition = ended(training, names, stop=2 * training.each + 1)
    assert "going on at step 2 of 3" in capsys.readouterr().out
    assert (calls, with_repetition) == (3 * training.each, 3 * training.each + 1)
    for mine, other in zip(found, wanted, strict=True):
        assert torch.allclose(torch.as_tensor(mine), torch.as_tensor(other), rtol=1e-4, atol=1e-5)
    assert not list(Path("checkpoints").iterdir())
