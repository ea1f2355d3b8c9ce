import json

import pytest
import torch

from helpers import data
from helpers.quality import classifier, train_classifier


def test_variations_are_still_images():
    x = data.load("digits").scaled(slice(20))
    torch.manual_seed(0)
    varied = train_classifier.vary(x)
    assert varied.shape == x.shape
    assert 0 <= varied.min() and varied.max() <= 1
    assert all(not torch.equal(a, b) for a, b in zip(varied, x, strict=True))
    assert varied.mean() == pytest.approx(x.mean().item(), rel=0.2)


def test_it_learns_from_a_few_images(monkeypatch, tmp_path):
    small = data.load("digits")
    small = data.Images(small.pixels, small.labels, small.classes, "mnist", "test")
    load = data.load
    monkeypatch.setattr(
        data, "load", lambda name, *args: load(name, *args) if name == "digits" else small
    )
    monkeypatch.setenv("COURSE_BUDGET", "quick")
    monkeypatch.setattr(classifier, "WEIGHTS", tmp_path)
    model, card = train_classifier.train(epochs=4)
    assert card["accuracy"] > 0.8
    assert card["epochs"] == 4

    train_classifier.save(model, card, tmp_path)
    x = small.scaled(slice(50))
    torch.testing.assert_close(classifier.load_classifier()(x), model(x))
    assert json.loads((tmp_path / "mnist.json").read_text(encoding="utf-8")) == card


def test_the_offline_digits_are_refused(capsys):
    assert train_classifier.main() == 2
    assert "found only the offline digits: set COURSE_DATA" in capsys.readouterr().err
