import json

import pytest
import torch

from helpers import data
from helpers.errors import CourseError
from helpers.quality import classifier, load_classifier
from helpers.quality.train_classifier import accuracy
from tests.lengths import first_and_rest

# The least that the kit promises.
LEAST = {"mnist": 0.99, "fashion-mnist": 0.91}


def card(name):
    return json.loads((classifier.WEIGHTS / f"{name}.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", LEAST)
def test_the_card_states_its_accuracy_on_the_test_images(name):
    assert card(name)["accuracy"] >= LEAST[name]
    assert card(name)["accuracy_of"] == "10,000 test images"


@pytest.mark.parametrize("name", LEAST)
def test_it_knows_real_test_images(name, real_data):
    some = data.load(name, "test")
    some = data.Images(some.pixels[:1500], some.labels[:1500], some.classes, name, some.source)
    # Of 1,500 images the share may by chance be some percent lower than that of all.
    assert accuracy(load_classifier(name), some) >= LEAST[name] - 0.02


@pytest.mark.slow
@pytest.mark.parametrize("name", first_and_rest(LEAST))
def test_it_knows_all_real_test_images(name, real_data):
    measured = accuracy(load_classifier(name), data.load(name, "test"))
    assert measured >= LEAST[name]
    assert measured == pytest.approx(card(name)["accuracy"], abs=5e-4)


def test_it_knows_the_offline_digits_too():
    # Measured: 95.6%.
    assert accuracy(load_classifier(), data.load("digits", "test")) >= 0.93


@pytest.mark.parametrize("name", LEAST)
def test_the_weights_are_small(name):
    assert (classifier.WEIGHTS / f"{name}.safetensors").stat().st_size < 1e6


@pytest.mark.parametrize("name", LEAST)
def test_it_knows_the_names_of_its_classes(name):
    assert load_classifier(name).classes == data.SOURCES[name].classes


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
    with pytest.raises(CourseError, match=r"'cifar'.*\(there: fashion-mnist, mnist\)"):
        load_classifier("cifar")


@pytest.mark.parametrize("content", [b"", b"not safetensors", b"\x02\0\0\0\0\0\0\0{}"])
def test_damaged_weights(monkeypatch, tmp_path, content):
    (tmp_path / "mnist.safetensors").write_bytes(content)
    monkeypatch.setattr(classifier, "WEIGHTS", tmp_path)
    with pytest.raises(CourseError, match="are damaged: install the kit again"):
        load_classifier()


def test_no_weights_at_all(monkeypatch, tmp_path):
    monkeypatch.setattr(classifier, "WEIGHTS", tmp_path)
    with pytest.raises(CourseError, match="there: none"):
        load_classifier()


def test_weights_that_cannot_be_opened_are_damaged(monkeypatch, tmp_path):
    (tmp_path / "mnist.safetensors").mkdir()
    monkeypatch.setattr(classifier, "WEIGHTS", tmp_path)
    with pytest.raises(CourseError, match="mnist.safetensors are damaged: install the kit again"):
        load_classifier()
    monkeypatch.setattr(classifier, "load_file", lambda path: classifier.Classifier().state_dict())
    assert load_classifier(device="meta").head.weight.device.type == "meta"


@pytest.mark.parametrize("shape", [(3, 2, 8, 6), (1, 4, 2, 2)])
def test_the_quick_maxima_are_those_of_torch(shape):
    x = torch.randn(shape, generator=torch.Generator().manual_seed(0)).relu()
    x[0, 0, 0, 0] = torch.nan
    x[-1, -1, -1, -1] = torch.inf
    halves, expected = classifier._Halves(2), torch.nn.functional.max_pool2d(x, 2)
    torch.testing.assert_close(halves(x), expected, rtol=0, atol=0, equal_nan=True)
    # Of equal pixels, a gradient goes to the first.
    equal = torch.zeros(1, 1, 2, 2, requires_grad=True)
    halves(equal).sum().backward()
    assert equal.grad.flatten().tolist() == [1, 0, 0, 0]


def test_sizes_halve_twice_and_the_head_sees_what_is_not_negative():
    model = classifier.Classifier()
    assert sum(isinstance(each, torch.nn.MaxPool2d) for each in model.body) == 2
    x = torch.rand(2, 1, 28, 28)
    assert model.body[:4](x).shape == (2, 16, 14, 14) and model.body[:11](x).shape == (2, 32, 7, 7)
    assert model.features(x).min() >= 0
    convolutions = [each for each in model.body if isinstance(each, torch.nn.Conv2d)]
    assert all(each.bias is None for each in convolutions)  # a norm would take it away
    assert model.classes == data.DIGITS
