import json

import pytest
import torch

from helpers import data
from helpers.quality import classifier, train_classifier
from tests.lengths import first_and_rest


@pytest.mark.parametrize("name", train_classifier.RECIPES)
def test_variations_are_still_images(name):
    recipe = train_classifier.RECIPES[name]
    x = data.load("digits").scaled(slice(20))
    torch.manual_seed(0)
    varied = train_classifier.vary(x, recipe.stretch, recipe.shift)
    assert varied.shape == x.shape
    assert 0 <= varied.min() and varied.max() <= 1
    assert all(not torch.equal(a, b) for a, b in zip(varied, x, strict=True))
    assert varied.mean() == pytest.approx(x.mean().item(), rel=0.2)


@pytest.mark.slow
@pytest.mark.parametrize("name", first_and_rest(train_classifier.RECIPES))
def test_it_learns_from_a_few_images(name, monkeypatch, tmp_path):
    load, small = data.load, data.load("digits")
    small = data.Images(small.pixels, small.labels, data.SOURCES[name].classes, name, "test")
    monkeypatch.setattr(
        data, "load", lambda asked, *args: load(asked, *args) if asked == "digits" else small
    )
    monkeypatch.setenv("COURSE_BUDGET", "quick")
    monkeypatch.setattr(classifier, "WEIGHTS", tmp_path)
    model, card = train_classifier.train(name, epochs=4)
    assert card["accuracy"] > 0.8
    assert card["epochs"] == 4
    assert ("accuracy_offline_digits" in card) == (name == "mnist")

    train_classifier.write(model, card, tmp_path, name)
    assert {path.name for path in tmp_path.iterdir()} == {f"{name}.safetensors", f"{name}.json"}
    x = small.scaled(slice(50))
    again = classifier.load_classifier(name)
    torch.testing.assert_close(again(x), model(x))
    assert again.classes == small.classes
    assert json.loads((tmp_path / f"{name}.json").read_text(encoding="utf-8")) == card


@pytest.mark.parametrize("name", train_classifier.RECIPES)
def test_the_offline_digits_are_refused(name, capsys):
    assert train_classifier.main([name]) == 2
    assert "found only the offline digits: set COURSE_DATA" in capsys.readouterr().err


def test_an_unknown_name(capsys):
    with pytest.raises(SystemExit) as leaving:
        train_classifier.main(["cifar"])
    assert leaving.value.code == 2
    assert "invalid choice: 'cifar'" in capsys.readouterr().err


def test_a_folder_that_cannot_be_written(monkeypatch, tmp_path, capsys):
    (tmp_path / "file").write_text("")
    monkeypatch.setattr(train_classifier, "WEIGHTS", tmp_path / "file")
    monkeypatch.setattr(
        train_classifier, "train", lambda name: (classifier.Classifier(), {"data": name})
    )
    assert train_classifier.main([]) == 2
    assert "cannot be written" in capsys.readouterr().err


def test_a_training_of_two_steps_leaves_its_card(monkeypatch):
    load, digits = data.load, data.load("digits")
    few = data.Images(digits.pixels[:50], digits.labels[:50], digits.classes, "mnist", "train")
    monkeypatch.setattr(
        data, "load", lambda asked, *args: load(asked, *args) if asked == "digits" else few
    )
    monkeypatch.setattr(train_classifier, "BATCH_SIZE", 20)
    monkeypatch.setattr(train_classifier, "accuracy", lambda model, images: 0.123456)
    monkeypatch.setenv("COURSE_BUDGET", "quick")
    model, card = train_classifier.train(epochs=1, seed=4)
    assert not model.training and card["parameters"] == sum(p.numel() for p in model.parameters())
    assert (card["epochs"], card["seed"]) == (1, 4)
    assert card["accuracy"] == card["accuracy_offline_digits"] == 0.1235
    assert card["data"] == "MNIST, 50 training images" and card["accuracy_of"] == "50 test images"
