import pytest
import torch

from helpers import data
from helpers.quality import features, load_classifier, make_statistics, statistics


@pytest.fixture
def small(monkeypatch, tmp_path):
    """Offline digits that count as the test images, and a folder for their statistics."""
    digits = data.load("digits")
    digits = data.Images(digits.pixels[:300], digits.labels[:300], digits.classes, "mnist", "test")
    monkeypatch.setattr(data, "load", lambda name, split: digits)
    monkeypatch.setattr(statistics, "STATISTICS", tmp_path / "real")
    return digits


def test_what_is_measured_is_what_is_read(small, capsys):
    assert make_statistics.main(["mnist"]) == 0
    assert capsys.readouterr().out == "mnist: 300 test images of MNIST\n"
    found = statistics.real_statistics()
    expected = features(load_classifier(), small.scaled()).double()
    torch.testing.assert_close(found.mean, expected.mean(0))
    torch.testing.assert_close(found.covariance, expected.T.cov())
    shares = torch.bincount(small.labels, minlength=10).double() / 300
    torch.testing.assert_close(found.shares, shares, atol=0.03, rtol=0)


def test_the_offline_digits_are_refused(monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(statistics, "STATISTICS", tmp_path / "real")
    assert make_statistics.main([]) == 2
    assert "found only the offline digits: set COURSE_DATA" in capsys.readouterr().err
    assert not (tmp_path / "real").exists()


def test_an_unknown_name(capsys):
    assert make_statistics.main(["cifar"]) == 2
    assert capsys.readouterr().err == (
        "there is no data set 'cifar': choose one of mnist, fashion-mnist.\n"
    )


def test_a_folder_that_cannot_be_written(small, monkeypatch, tmp_path, capsys):
    (tmp_path / "file").write_text("")
    monkeypatch.setattr(statistics, "STATISTICS", tmp_path / "file")
    assert make_statistics.main(["mnist"]) == 2
    assert "cannot be written" in capsys.readouterr().err


def test_the_help_says_what_it_measures(capsys):
    with pytest.raises(SystemExit) as leaving:
        make_statistics.main(["--help"])
    said = capsys.readouterr().out
    assert not leaving.value.code and make_statistics.__doc__.strip().splitlines()[0] in said
    assert "mnist, fashion-mnist" in said
