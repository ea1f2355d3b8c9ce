"""What a student is told of a trained model, whatever came of measuring it."""

import dataclasses
import json
from dataclasses import replace

import pytest
import torch
from safetensors.torch import save_file

from autograder.judging import NotRight, Status
from autograder.judging.setting import setting
from autograder.judging.time_limit import TimedOut
from autograder.judging.trained import draws, weights
from autograder.judging.trained import model as judging
from autograder.judging.trained.model import BELOW, Trained, judge_trained, require_trained
from autograder.judging.trained.rejection import NoData, NotAttempted, Refused, StudentError
from autograder.judging.verdict import NEEDS_IMAGES, REACHES_BARS
from helpers.quality.trained import BALANCE, FRECHET

MODEL = Trained("gan.small", "small", 3, None, (), {FRECHET: 100, BALANCE: 0.4})
GOOD = {FRECHET: 68.912, BALANCE: 0.4, "more": 1.0}
TOLD = "Fréchet distance 68.91, at most 100; balance 0.4, at least 0.4"


@pytest.fixture
def judged(monkeypatch, tmp_path):
    """judged(found or an exception, card): the Verdict."""

    def judge(found, card=None):
        def measured(model, build, files):
            if isinstance(found, BaseException):
                raise found
            return found

        monkeypatch.setattr(judging, "measured", measured)
        files = {}
        if card is not None:
            files["models/small.json"] = tmp_path / "small.json"
            files["models/small.json"].write_text(json.dumps(card))
        return judge_trained(MODEL, lambda: None, files=files)

    return judge


def test_a_model_that_meets_its_bars_at_their_edges(judged):
    verdict = judged(GOOD)
    assert (verdict.exercise, verdict.status) == ("gan.small", Status.RIGHT)
    assert verdict.message == f"right. Measured: {TOLD}."
    assert judged({**GOOD, FRECHET: 100.0}).is_right
    said = judged(GOOD, {"budget": "full", "steps": 20, "device": "cpu", "other": 1})
    assert said.sentence == f"Measured: {TOLD}. Its card says: budget full, steps 20, device cpu."


@pytest.mark.parametrize(
    ("found", "misses"),
    [
        ({**GOOD, FRECHET: 100.1}, "Fréchet distance 100.1, at most 100"),
        ({**GOOD, BALANCE: 0.39}, "balance 0.39, at least 0.4"),
        (
            {FRECHET: float("nan"), BALANCE: 0.0},
            "Fréchet distance nan, at most 100; balance 0, at least 0.4",
        ),
    ],
)
def test_a_model_below_its_bars_is_told_which_it_misses(judged, found, misses):
    verdict = judged(found)
    assert (verdict.status, verdict.misconception) == (Status.WRONG, BELOW)
    assert verdict.exercise == "gan.small"
    assert verdict.sentence.endswith(f"It misses: {misses}.")
    assert verdict.details == (
        (FRECHET, FRECHET, "100", f"{found[FRECHET]:.6g}"),
        (BALANCE, BALANCE, "0.4", f"{found[BALANCE]:.6g}"),
    )
    quick = judged(found, {"budget": "quick"})
    assert quick.sentence.endswith(f"Its card says: budget quick. {weights.QUICK}")


@pytest.mark.parametrize(
    ("error", "status", "message"),
    [
        (NotAttempted("no file"), Status.NOT_ATTEMPTED, "no file"),
        (Refused("a name", "Why."), Status.WRONG, "a name. Why."),
        (StudentError("it raised KeyError"), Status.RAISED, "it raised KeyError"),
        (NoData("set COURSE_DATA"), Status.COULD_NOT_BE_JUDGED, "set COURSE_DATA."),
        (
            NoData("set COURSE_DATA", GOOD),
            Status.COULD_NOT_BE_JUDGED,
            f"Measured: {TOLD}. set COURSE_DATA.",
        ),
        (
            TimedOut(),
            Status.TIMED_OUT,
            "no answer within 0 s: is there a loop that does not end?",
        ),
        (
            ValueError("x" * 600),
            Status.COULD_NOT_BE_JUDGED,
            f"the check itself failed (ValueError: {'x' * 600}"[:500],
        ),
    ],
)
def test_what_comes_instead_of_a_measure(judged, monkeypatch, error, status, message):
    monkeypatch.setattr(judging.time, "monotonic", lambda: 5.0)
    verdict = judged(error)
    assert (verdict.status, verdict.message) == (status, message)
    assert verdict.exercise == "gan.small" and verdict.details == ()
    lacks = None
    if isinstance(error, NoData):
        lacks = NEEDS_IMAGES if error.found is None else REACHES_BARS
    assert verdict.lacks == lacks


def test_a_refusal_tells_what_the_card_says_and_what_to_do(judged):
    verdict = judged(Refused("untrained", "Train it."), {"budget": "quick", "steps": 5})
    assert verdict.sentence == (f"Train it. Its card says: budget quick, steps 5. {weights.QUICK}")
    assert MODEL.name == "small"


def test_a_right_model_passes_its_test_cell_wherever_it_is_run(judged, monkeypatch):
    right, said = judged(GOOD), []
    monkeypatch.setattr(judging, "judge_trained", lambda model, build: right)
    with setting(publish=said.append):
        assert require_trained(MODEL, lambda: None) is right
    assert said == [right]


def test_with_the_quick_budget_the_verdict_is_only_shown(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("NBGRADER_EXECUTION", raising=False)
    monkeypatch.setenv("COURSE_BUDGET", "quick")
    assert require_trained(MODEL, lambda: None).status is Status.NOT_ATTEMPTED
    monkeypatch.setenv("NBGRADER_EXECUTION", "autograde")
    with pytest.raises(NotRight, match="no file models/small.safetensors"):
        require_trained(MODEL, lambda: None)
    monkeypatch.delenv("NBGRADER_EXECUTION")
    said = []
    with setting(publish=said.append, files={}), pytest.raises(NotRight):
        require_trained(MODEL, lambda: None)
    assert [verdict.status for verdict in said] == [Status.NOT_ATTEMPTED]


def test_a_model_is_shared_and_stays_as_it_is():
    assert MODEL.name == "small"
    assert Trained("gan.small.two", "f", 1, None, (), {}).name == "small.two"
    assert hash(MODEL) == hash(Trained("gan.small", "small", 3, None, (), {FRECHET: 5}))
    for each in dataclasses.fields(MODEL):
        with pytest.raises(dataclasses.FrozenInstanceError):
            setattr(MODEL, each.name, None)


def test_a_limit_around_it_may_come_first(judged, monkeypatch):
    for waited, told in ((0.26, "0.3"), (1000.0, "150")):
        clock = iter((5.0, 5.0 + waited))
        monkeypatch.setattr(judging.time, "monotonic", lambda clock=clock: next(clock))
        assert judged(TimedOut()).message.startswith(f"no answer within {told} s: is there")


@pytest.mark.parametrize(
    ("budget", "executed", "shown"),
    [
        ("quick", None, True),
        ("short", None, True),
        ("full", None, False),
        (None, None, False),
        ("quick", "validate", False),
    ],
)
def test_what_was_only_tried_is_only_shown(judged, monkeypatch, budget, executed, shown):
    wrong = judged({**GOOD, FRECHET: 500.0})
    monkeypatch.setattr(judging, "judge_trained", lambda model, build: wrong)
    for name, value in (("COURSE_BUDGET", budget), ("NBGRADER_EXECUTION", executed)):
        if value is None:
            monkeypatch.delenv(name, raising=False)
        else:
            monkeypatch.setenv(name, value)
    if shown:
        assert require_trained(MODEL, lambda: None) is wrong
    else:
        with pytest.raises(NotRight, match="below the bar"):
            require_trained(MODEL, lambda: None)


def test_what_was_handed_in_is_measured_by_its_kind(tmp_path, monkeypatch):
    asked = []

    class Kind:
        def measure(self, network, tensors, source, bars):
            asked.append((network.place, [*tensors], source.initial_seed(), bars))
            return GOOD

    net = torch.nn.Linear(2, 1)
    save_file(dict(net.state_dict()), tmp_path / "small.safetensors")
    model = replace(MODEL, kind=Kind(), arguments=(2, 1))
    files = {"models/small.safetensors": tmp_path / "small.safetensors"}
    with setting(salt="a"):
        seed = draws.generator("gan.small").initial_seed()
        assert judge_trained(model, torch.nn.Linear, files=files).is_right
    ((place, names, drawn, bars),) = asked
    assert place == "models/small.safetensors" and sorted(names) == ["bias", "weight"]
    assert drawn == seed and bars is model.needed
    with setting(files=files):
        assert judge_trained(model, torch.nn.Linear).is_right
