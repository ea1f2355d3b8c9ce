import json

import pytest
import torch

from helpers import data
from helpers.errors import CourseError
from helpers.quality import classifier, load_classifier
from helpers.quality.train_classifier import accuracy


def test_it_knows_the_real_test_images(real_data):
    measured = accuracy(load_classifier(), data.load("mnist", "test"))
    card = json.loads((classifier.WEIGHTS / "mnist.json").read_text(encoding="utf-8"))
    assert measured >= 0.99
    assert measured == pytest.approx(card["accuracy"], abs=5e-4)


def test_it_knows_the_offline_digits_too():
    # Measured: 95.6%.
    assert accuracy(load_classifier(), data.load("digits", "test")) >= 0.93


def test_the_weights_are_small():
    assert (classifier.WEIGHTS / "mnist.safetensors").stat().st_size < 1e6


def test_shapes():
    model = load_classifier()
    x = torch.rand(3, 1, 28, 28)
    assert model(x).shape == (3, 10)
    assert model.features(x).shape == (3, classifier.FEATURES)
    torch.testing.assert_close(model.head(model.features(x)), model(x))


def test_it_is_ready_and_frozen():
    model = load_classifier()
    assert not model.training
    assert not any(p.requires_grad for p in model.parameters())


def test_images_may_still_have_gradients():
    x = torch.rand(2, 1, 28, 28, requires_grad=True)
    load_classifier()(x).sum().backward()
    assert x.grad.abs().sum() > 0


def test_an_unknown_name():
    with pytest.raises(CourseError, match=r"'cifar'.*\(there: mnist\)"):
        load_classifier("cifar")


@pytest.mark.parametrize("content", [b"", b"not safetensors", b"\x02\0\0\0\0\0\0\0{}"])
def test_damaged_weights(monkeypatch, tmp_path, content):
    (tmp_path / "mnist.safetensors").write_bytes(content)
    monkeypatch.setattr(classifier, "WEIGHTS", tmp_path)
    with pytest.raises(CourseError, match="are damaged: install the kit anew"):
        load_classifier()


def test_no_weights_at_all(monkeypatch, tmp_path):
    monkeypatch.setattr(classifier, "WEIGHTS", tmp_path)
    with pytest.raises(CourseError, match="there: none"):
        load_classifier()
