"""Generators in this process: the trained one is right, every trick fails by its name."""

import json

import pytest
import torch

from autograder.judging import Status
from autograder.judging.setting import setting
from autograder.judging.trained import weights
from autograder.judging.trained.model import judge_trained
from helpers.quality import trained as measures
from tests.autograder.judging.trained import bank
from tests.autograder.judging.trained.bank import CASES, MODEL, RIGHT, hand_in


def network_of(source):
    """What a cell defines as `network`."""
    names = {"__name__": "__main__"}
    exec(source.replace("FILE", str(bank.SMALL)), names)
    return names["network"]


def judged(case, tmp_path, **options):
    files = hand_in(tmp_path, bank.draws_of(case), **options)
    return judge_trained(MODEL, network_of(case.source), files=files)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_each_fails_by_its_name(case, tmp_path, request):
    if case.needs_data:
        request.getfixturevalue("real_images")
    verdict = judged(case, tmp_path)
    assert verdict.misconception == case.known, verdict
    assert verdict.status is (Status.WRONG if case.known else Status.RIGHT)
    if case.known is None:
        assert "Fréchet distance" in verdict.message and "at most 100" in verdict.message


def test_the_small_file_is_small_and_does_not_need_the_others():
    assert bank.SMALL.stat().st_size < 500_000


def test_below_the_bar_says_measure_and_bar_and_what_the_card_says(tmp_path, real_images):
    strict = MODEL.__class__(**{**vars(MODEL), "needed": {measures.FRECHET: 5}})
    card = json.dumps({"budget": "quick", "steps": 20, "frechet": 0.1, "device": "<b>cpu</b>"})
    files = hand_in(tmp_path, bank.trained(), card)
    verdict = judge_trained(strict, network_of(RIGHT), files=files)
    assert (verdict.status, verdict.misconception) == (Status.WRONG, "below the bar")
    assert "at most 5" in verdict.message
    card = "Its card says: budget quick, steps 20, device bcpub."
    assert verdict.message.endswith(f"{card} {weights.QUICK}")


def test_an_honest_generator_that_draws_black_is_not_accused(tmp_path, real_images):
    black = bank.trained()
    black["2.weight"] *= 30
    black["2.bias"] -= 400
    black["2.bias"][::7] += 500  # some pixels say something, all of them are at the ends of tanh
    card = json.dumps({"budget": "quick", "steps": 20})
    files = hand_in(tmp_path, black, card)
    verdict = judge_trained(MODEL, network_of(RIGHT), files=files)
    assert verdict.misconception in ("untrained", "one picture for all noise", "below the bar")
    assert "train in full" in verdict.message


def test_a_card_that_lies_changes_nothing(tmp_path):
    (untrained,) = [case for case in CASES if case.title == "untrained weights"]
    card = json.dumps({"Fréchet distance": 0, "budget": "full", "verdict": "right"})
    assert judged(untrained, tmp_path, card=card).misconception == "untrained"


def test_without_images_what_can_be_measured_is_and_the_rest_costs_nothing(tmp_path, no_images):
    good = judge_trained(MODEL, network_of(RIGHT), files=hand_in(tmp_path, bank.trained()))
    assert good.status is Status.COULD_NOT_BE_JUDGED and "set COURSE_DATA" in good.message
    poor = judge_trained(MODEL, network_of(RIGHT), files=hand_in(tmp_path, bank.untrained()))
    assert poor.misconception == "untrained"


def test_nothing_handed_in():
    verdict = judge_trained(MODEL, network_of(RIGHT), files={})
    assert verdict.status is Status.NOT_ATTEMPTED
    assert "models/small.safetensors" in verdict.message and "last cell" in verdict.message


def test_outside_of_a_grading_run_the_file_lies_in_this_folder(tmp_path, monkeypatch):
    hand_in(tmp_path, bank.untrained())
    monkeypatch.chdir(tmp_path)
    assert judge_trained(MODEL, network_of(RIGHT)).misconception == "untrained"
    (tmp_path / "models").rename(tmp_path / "elsewhere")
    (tmp_path / "models").symlink_to(tmp_path / "elsewhere")
    assert judge_trained(MODEL, network_of(RIGHT)).status is Status.NOT_ATTEMPTED


def test_a_stub_and_an_error(tmp_path):
    files = hand_in(tmp_path, bank.trained())

    def stub():
        raise NotImplementedError()

    def broken():
        raise ValueError("no layers")

    assert judge_trained(MODEL, stub, files=files).status is Status.NOT_ATTEMPTED
    verdict = judge_trained(MODEL, broken, files=files)
    assert verdict.status is Status.RAISED
    assert "ValueError" in verdict.message and "no layers" in verdict.message


def test_a_network_that_takes_for_ever(tmp_path):
    files = hand_in(tmp_path, bank.trained())
    slow = network_of(bank.AROUND.format(forward="[0 for _ in iter(int, 1)]"))
    assert judge_trained(MODEL, slow, files=files, seconds=1).status is Status.TIMED_OUT


def test_the_noise_is_the_same_for_the_same_submission_and_for_no_other(tmp_path):
    files, seen = hand_in(tmp_path, bank.trained()), []

    def keep(_, given):
        seen.append(given[0].clone())
        raise ValueError("nothing more is looked at")

    def watched():
        network = network_of(RIGHT)()
        network.register_forward_pre_hook(keep)
        return network

    for salt in ("one", "one", "two", "", ""):
        with setting(salt=salt):
            judge_trained(MODEL, watched, files=files)
    assert len(seen) == 5
    assert torch.equal(seen[0], seen[1])
    others = seen[1:]
    assert not any(torch.equal(a, b) for i, a in enumerate(others) for b in others[:i])


def test_labels_are_drawn_and_what_was_ordered_is_counted():
    from autograder.judging.trained.pictures import Pictures

    z, labels = Pictures(4, classes=10).inputs(200, torch.Generator().manual_seed(0))
    assert z.shape == (200, 4) and labels.bincount().tolist() == [20] * 10
    assert labels[:10].tolist() != list(range(10))
