import gzip
import http.server
import shutil
import socket
import subprocess
import sys
import threading
from dataclasses import FrozenInstanceError, replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from helpers import data
from helpers.errors import CourseError

ROOT = Path(__file__).parents[2]
IMAGES, LABELS = "train-images-idx3-ubyte.gz", "train-labels-idx1-ubyte.gz"


@pytest.fixture
def given(tiny_mnist, monkeypatch):
    """The tiny MNIST as COURSE_DATA."""
    monkeypatch.setenv("COURSE_DATA", str(tiny_mnist.folder))
    return tiny_mnist


@pytest.fixture
def server(tiny_mnist):
    """A mirror of the tiny MNIST on this machine; holds the paths that were asked for."""
    asked = []

    class Handler(http.server.SimpleHTTPRequestHandler):
        def __init__(self, *args):
            super().__init__(*args, directory=tiny_mnist.raw)

        def log_message(self, *args):
            asked.append(self.path)

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as running:
        threading.Thread(target=running.serve_forever, args=(0.02,), daemon=True).start()
        tiny_mnist.mirrors.append(f"http://127.0.0.1:{running.server_port}/")
        yield asked
        running.shutdown()


@pytest.mark.parametrize("name", data.SOURCES)
def test_the_checksums_are_those_of_torchvision(name):
    source = data.SOURCES[name]
    assert source.files("train") | source.files("test") == dict(source.dataset.resources)


def test_files_that_are_here_are_read_without_torchvision():
    code = (
        "import sys; from helpers import data; data.SOURCES['mnist'].files('train');"
        " print('torchvision' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT)
    assert done.stdout == "False\n", done.stderr


class TestRealFiles:
    @pytest.mark.parametrize(
        ("name", "first_label", "mean"),
        [("mnist", 5, 0.1307), ("fashion-mnist", 9, 0.2860)],
    )
    def test_training_images_are_the_published_ones(self, real_data, name, first_label, mean):
        images = data.load(name)
        assert images.pixels.shape == (60_000, 1, 28, 28)
        assert images.pixels.dtype == torch.uint8
        assert images.labels.shape == (60_000,)
        assert images.labels.dtype == torch.int64
        assert images.labels[0] == first_label
        assert images.scaled().mean().item() == pytest.approx(mean, abs=1e-4)
        assert (images.name, images.source) == (name, "COURSE_DATA")

    def test_test_images_and_classes(self, real_data):
        images = data.load("fashion-mnist", "test")
        assert len(images) == 10_000
        assert torch.bincount(images.labels).tolist() == [1000] * 10
        assert images.classes[int(images.labels[0])] == "Ankle boot"


class TestCourseData:
    def test_pixels_and_labels_are_read_in_order(self, given):
        images = data.load("mnist", "test")
        assert images.pixels.flatten().tolist() == [i % 256 for i in range(3 * 784)]
        assert images.labels.tolist() == [0, 1, 2]
        assert images.source == "COURSE_DATA"

    def test_they_are_put_where_they_are_wanted(self, given):
        images = data.load("mnist", "test", "meta")
        assert images.pixels.device.type == images.labels.device.type == "meta"

    def test_a_read_only_folder_is_enough_and_stays_as_it_was(self, given):
        before = sorted(given.folder.rglob("*"))
        for path in before:
            path.chmod(0o555 if path.is_dir() else 0o444)
        try:
            assert len(data.load()) == 5
            assert sorted(given.folder.rglob("*")) == before
        finally:
            for path in before:
                path.chmod(0o755)

    def test_it_wins_over_the_cache(self, given, tmp_path):
        cached = tmp_path / "cache" / "MNIST" / "raw"
        cached.mkdir(parents=True)
        (cached / IMAGES).write_bytes(b"never read")
        assert data.load().source == "COURSE_DATA"

    def test_no_folder(self, monkeypatch, tmp_path):
        monkeypatch.setenv("COURSE_DATA", str(tmp_path / "absent"))
        with pytest.raises(CourseError, match="absent, which is not a folder: set it to"):
            data.load()

    def test_no_file(self, given):
        (given.raw / LABELS).unlink()
        with pytest.raises(CourseError, match=f"{LABELS} is missing: put it there"):
            data.load()
        assert len(data.load("mnist", "test")) == 3

    def test_no_such_data_set_in_the_folder(self, given):
        with pytest.raises(CourseError, match="FashionMNIST.*is missing"):
            data.load("fashion-mnist")

    @pytest.mark.parametrize(
        "damage",
        [
            lambda packed: packed[: len(packed) // 2],
            lambda packed: b"",
            lambda packed: b"<html>not found</html>",
            lambda packed: packed[:-9] + bytes([packed[-9] ^ 1]) + packed[-8:],
            lambda packed: gzip.compress(gzip.decompress(packed), compresslevel=1, mtime=7),
        ],
        ids=["truncated", "empty", "a web page", "one bit", "packed anew"],
    )
    def test_a_damaged_file(self, given, damage):
        path = given.raw / IMAGES
        path.write_bytes(damage(path.read_bytes()))
        with pytest.raises(CourseError, match=rf"{IMAGES} is damaged or another file \(wrong MD5"):
            data.load()

    def test_a_tiny_forgery_is_not_mnist(self, given, monkeypatch):
        monkeypatch.undo()
        monkeypatch.setenv("COURSE_DATA", str(given.folder))
        with pytest.raises(CourseError, match="wrong MD5 checksum"):
            data.load()

    def test_a_file_that_cannot_be_read(self, given):
        (given.raw / IMAGES).unlink()
        (given.raw / IMAGES).mkdir()
        with pytest.raises(CourseError, match=f"{IMAGES} cannot be read"):
            data.load()


class TestDownload:
    def test_into_the_cache_and_only_once(self, server, tmp_path, capsys):
        first, second = data.load(), data.load()
        assert (first.source, second.source) == ("download", "cache")
        assert data.load(device="meta").pixels.device.type == "meta"
        assert torch.equal(first.pixels, second.pixels)
        assert {path.strip("/") for path in server} == {IMAGES, LABELS}
        kept = tmp_path / "cache" / "MNIST" / "raw"
        assert sorted(path.name for path in kept.iterdir()) == [IMAGES, LABELS]
        out, err = capsys.readouterr()
        assert out.count("Downloading MNIST (train)") == 1
        assert err == ""

    def test_only_what_is_missing(self, server, tiny_mnist, tmp_path):
        kept = tmp_path / "cache" / "MNIST" / "raw"
        kept.mkdir(parents=True)
        shutil.copy(tiny_mnist.raw / IMAGES, kept)
        assert len(data.load()) == 5
        assert {path.strip("/") for path in server} == {LABELS}

    def test_from_the_next_mirror_when_one_fails(self, server, tiny_mnist):
        tiny_mnist.mirrors.insert(0, "http://mirror.invalid/")
        assert data.load().source == "download"

    def test_a_damaged_download_is_not_kept(self, server, tiny_mnist, tmp_path, capsys):
        (tiny_mnist.raw / IMAGES).write_bytes(b"<html>please log in</html>")
        assert data.load().name == "digits"
        assert not list((tmp_path / "cache").rglob("*ubyte*"))
        assert "IS NOT HERE" in capsys.readouterr().out

    def test_a_damaged_file_in_the_cache(self, server, tmp_path):
        data.load()
        (tmp_path / "cache" / "MNIST" / "raw" / IMAGES).write_bytes(b"half")
        with pytest.raises(CourseError, match="delete it and load again"):
            data.load()

    def test_a_cache_that_cannot_be_written(self, server, monkeypatch, tmp_path, capsys):
        (tmp_path / "file").write_text("")
        monkeypatch.setenv("COURSE_CACHE", str(tmp_path / "file"))
        assert data.load().name == "digits"
        assert "IS NOT HERE" in capsys.readouterr().out

    def test_the_socket_timeout_is_put_back(self, server):
        before = socket.getdefaulttimeout()
        data.load()
        assert socket.getdefaulttimeout() == before


class TestOffline:
    @pytest.mark.parametrize("name", ["mnist", "fashion-mnist"])
    def test_digits_take_the_place_and_say_so(self, name, capsys):
        images = data.load(name)
        assert (images.name, images.source, len(images)) == ("digits", "scikit-learn", 1500)
        assert images.classes == tuple("0123456789")
        out, err = capsys.readouterr()
        title = data.SOURCES[name].title
        assert f"{title} (train) IS NOT HERE: 1,500 of scikit-learn's handwritten digits" in out
        assert "set COURSE_DATA" in out
        assert "no internet in tests" in " ".join(out.replace("|", " ").split())
        assert err == ""

    def test_they_are_put_where_the_others_would_have_been(self):
        images = data.load("mnist", "test", device="meta")
        assert images.name == "digits" and len(images) == 297
        assert images.pixels.device.type == images.labels.device.type == "meta"

    def test_every_load_says_so_and_the_first_at_length(self, capsys):
        data.load()
        data.load("mnist", "test")
        out = capsys.readouterr().out
        assert out.count("IS NOT HERE") == 2
        assert out.count("+--") == 2
        assert max(len(line) for line in out.splitlines() if "Downloading" not in line) < 100

    def test_one_attempt_is_enough(self, monkeypatch):
        attempts = []
        monkeypatch.setattr(data, "_connect", lambda url: attempts.append(url) or _no_answer())
        data.load()
        mirrors = len(attempts)
        data.load("mnist", "test")
        assert mirrors == len(attempts) == len(data.SOURCES["mnist"].dataset.mirrors)

    def test_a_network_that_never_answers_is_not_waited_for(self, monkeypatch):
        monkeypatch.setattr(data, "CONNECT_SECONDS", 0.1)
        given_up, answered = threading.Event(), []

        def look_up(*args, **kwargs):
            answered.append(not given_up.wait(60))
            raise socket.gaierror

        monkeypatch.setattr(socket, "getaddrinfo", look_up)
        assert data.load().name == "digits"
        assert answered == []
        given_up.set()


class TestDigits:
    def test_they_look_like_mnist(self):
        train, test = data.load("digits"), data.load("digits", "test")
        assert (len(train), len(test)) == (1500, 297)
        assert train.pixels.shape[1:] == (1, 28, 28)
        assert train.pixels.dtype == torch.uint8
        assert train.labels.unique().tolist() == list(range(10))
        assert train.pixels.max() == 255
        border = train.pixels.clone()
        border[:, :, 4:24, 4:24] = 0
        assert border.max() == 0
        # MNIST's own mean is 0.13.
        assert 0.1 < train.scaled().mean() < 0.2

    def test_they_are_not_announced_when_asked_for(self, capsys):
        data.load("digits")
        assert capsys.readouterr().out == ""

    def test_no_image_is_in_both_splits(self):
        train, test = (data.load("digits", split).pixels.flatten(1) for split in ("train", "test"))
        both = np.unique(torch.cat([train, test]).numpy(), axis=0)
        assert len(both) == 1797

    def test_they_are_read_without_importing_scikit_learn(self, monkeypatch):
        monkeypatch.setitem(sys.modules, "sklearn.datasets", None)  # its import fails
        assert len(data.load("digits")) == 1500

    @pytest.mark.parametrize("place", [None, SimpleNamespace(submodule_search_locations=["/no"])])
    def test_they_are_asked_for_where_their_file_is_not_found(self, monkeypatch, place):
        read = data._digits()
        monkeypatch.setattr(data.importlib.util, "find_spec", lambda name: place)
        asked = data._digits()
        for mine, theirs in zip(read, asked, strict=True):
            assert mine.dtype == theirs.dtype and np.array_equal(mine, theirs)


class TestNames:
    def test_unknown_data_set(self):
        with pytest.raises(CourseError, match="'cifar': choose one of mnist, fash"):
            data.load("cifar")

    def test_unknown_split(self):
        with pytest.raises(CourseError, match="'valid': choose train or test"):
            data.load("mnist", "valid")

    def test_the_cache_folder(self, monkeypatch, tmp_path):
        assert data.cache_folder() == tmp_path / "cache"
        monkeypatch.delenv("COURSE_CACHE")
        assert data.cache_folder() == Path.home() / ".cache" / "dgm-course-kit"
        monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
        assert data.cache_folder() == tmp_path / "dgm-course-kit"


class TestImages:
    def test_scaled(self):
        images = data.load("digits", "test")
        assert images.scaled().shape == (297, 1, 28, 28)
        assert images.scaled().dtype == torch.float32
        assert (images.scaled().min(), images.scaled().max()) == (0, 1)
        assert torch.equal(images.scaled(slice(3, 5)), images.scaled()[3:5])
        assert torch.equal(images.scaled(torch.tensor([7, 2])), images.scaled()[[7, 2]])

    def test_they_are_not_changed_but_made_anew(self):
        images = data.Images(torch.zeros(2, 1, 28, 28), torch.zeros(2), (), "a", "b")
        with pytest.raises(FrozenInstanceError):
            images.pixels = images.scaled()
        assert images != replace(images)  # tensors have no equality of their own

    def test_to_moves_both_tensors(self):
        images = data.load("digits", device="meta")
        assert images.pixels.device.type == images.labels.device.type == "meta"

    def test_it_is_described_in_one_line(self):
        assert repr(data.load("digits")) == (
            "Images(digits: 1,500 images of 1 x 28 x 28 on cpu, from scikit-learn)"
        )


class TestBatches:
    @pytest.fixture(scope="class")
    def images(self):
        return data.load("digits", "test")

    def test_every_image_once_with_its_label(self, images):
        pairs = list(data.batches(images, 50, generator=torch.Generator().manual_seed(0)))
        x, y = (torch.cat(parts) for parts in zip(*pairs, strict=True))
        assert x.dtype == torch.float32
        assert x.shape == (297, 1, 28, 28)
        key = (images.scaled().flatten(1) @ torch.arange(784.0)) * 10 + images.labels
        got = (x.flatten(1) @ torch.arange(784.0)) * 10 + y
        torch.testing.assert_close(got.sort().values, key.sort().values)
        assert not torch.equal(y, images.labels)

    @pytest.mark.parametrize(("drop_last", "last"), [(False, 47), (True, 50)])
    def test_a_short_last_batch(self, images, drop_last, last):
        sizes = [len(x) for x, _ in data.batches(images, 50, drop_last=drop_last)]
        assert sizes == [50] * 5 + [last] * (not drop_last)

    def test_a_batch_larger_than_the_data(self, images):
        assert [len(x) for x, _ in data.batches(images, 1000)] == [297]
        assert list(data.batches(images, 1000, drop_last=True)) == []

    def test_the_generator_decides_the_order(self, images):
        def first(seed):
            return next(data.batches(images, 20, generator=torch.Generator().manual_seed(seed)))[1]

        assert torch.equal(first(1), first(1))
        assert not torch.equal(first(1), first(2))

    def test_a_generator_goes_on_from_epoch_to_epoch(self, images):
        generator = torch.Generator().manual_seed(1)
        one, two = (next(data.batches(images, 20, generator=generator))[1] for _ in range(2))
        assert not torch.equal(one, two)

    def test_torchs_own_order_is_left_alone(self, images):
        state = torch.get_rng_state()
        list(data.batches(images, 20, generator=torch.Generator()))
        list(data.batches(images, 20, shuffle=False))
        assert torch.equal(torch.get_rng_state(), state)

    def test_in_order(self, images):
        x, y = next(data.batches(images, 20, shuffle=False))
        assert torch.equal(x, images.scaled(slice(20)))
        assert torch.equal(y, images.labels[:20])

    def test_on_the_device_of_the_images(self, images):
        x, y = next(data.batches(images.to("meta"), 20))
        assert x.device.type == y.device.type == "meta"

    def test_images_are_scaled_a_batch_at_a_time(self, images, monkeypatch):
        calls = []
        scaled = data.Images.scaled
        monkeypatch.setattr(
            data.Images, "scaled", lambda self, index: calls.append(1) or scaled(self, index)
        )
        list(data.batches(images, 100))
        assert len(calls) == 3

    @pytest.mark.parametrize("size", [0, -1])
    def test_an_impossible_size_is_refused_at_once(self, images, size):
        with pytest.raises(CourseError, match="give 1 or more"):
            data.batches(images, size)


def _no_answer():
    raise OSError("no answer")
