import json

import pytest
import torch
from safetensors.torch import load_file

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


def shifted(x, down, right):
    """The images moved, with black where nothing was."""
    wide = torch.nn.functional.pad(x, (5, 5, 5, 5))
    return wide[:, :, 5 - down : 33 - down, 5 - right : 33 - right]


def test_without_variation_an_image_stays_as_it_is_and_a_way_is_half_the_images_width():
    x = data.load("digits").scaled(slice(3))
    torch.testing.assert_close(train_classifier.vary(x, 0.0, 0.0), x, atol=1e-5, rtol=0)
    torch.manual_seed(0)
    varied = train_classifier.vary(x, 0.0, 0.1)
    torch.manual_seed(0)
    torch.randn(3, 2, 2)
    for image, way, was in zip(varied, torch.randn(3, 2) * 0.1 * 14, x, strict=True):
        right, down = (-way).round().int().tolist()
        # As near as whole pixels can be.
        near = (image - shifted(was[None], down, right)[0]).abs().mean()
        assert near < 0.6 * (image - was).abs().mean() or way.abs().max() < 0.5


def test_an_image_is_stretched_and_turned_around_its_middle(monkeypatch):
    monkeypatch.setattr(torch, "randn", lambda *shape, device: torch.ones(shape, device=device))
    x = torch.zeros(1, 1, 28, 28)
    x[..., 13:15, 13:15] = 1.0
    varied = train_classifier.vary(x, 0.25, 0.0)[0, 0]
    assert varied.sum() < x.sum() and varied.argmax() in (13 * 28 + 13, 13 * 28 + 14, 14 * 28 + 13)
    torch.testing.assert_close(varied, varied.T)
    wider = torch.nn.functional.affine_grid(
        torch.tensor([[[1.25, 0.25, 0.0], [0.25, 1.25, 0.0]]]), [1, 1, 28, 28], align_corners=False
    )
    made = torch.nn.functional.grid_sample(x, wider, align_corners=False)
    torch.testing.assert_close(varied, made[0, 0])


def test_what_is_written_is_whole_and_read_again(tmp_path):
    torch.manual_seed(0)
    model = classifier.Classifier()
    train_classifier.write(model, {"accuracy": 0.5}, tmp_path, "own")
    assert {path.name for path in tmp_path.iterdir()} == {"own.safetensors", "own.json"}
    assert (tmp_path / "own.json").read_text() == '{\n  "accuracy": 0.5\n}\n'
    weights = load_file(tmp_path / "own.safetensors")
    assert all(torch.equal(weights[key], each) for key, each in model.state_dict().items())


def test_the_share_of_images_whose_class_is_named():
    digits = data.load("digits")
    few = data.Images(digits.pixels[:8], digits.labels[:8], digits.classes, "digits", "here")
    answers = torch.nn.functional.one_hot(few.labels, 10).float()
    answers[0] = answers[0].roll(1)
    assert train_classifier.accuracy(lambda x: answers[: len(x)], few) == 7 / 8


def test_what_is_trained_is_written_and_shown(monkeypatch, capsys):
    made = []
    monkeypatch.setattr(
        train_classifier, "train", lambda name: (f"model of {name}", {"data": name})
    )
    monkeypatch.setattr(train_classifier, "write", lambda *given: made.append(given))
    for arguments, name in (([], "mnist"), (["fashion-mnist"], "fashion-mnist")):
        assert train_classifier.main(arguments) == 0
        assert made.pop() == (f"model of {name}", {"data": name}, train_classifier.WEIGHTS, name)
        assert json.loads(capsys.readouterr().out) == {"data": name}
