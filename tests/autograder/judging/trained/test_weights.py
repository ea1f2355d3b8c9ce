"""The file with the weights, as bad as it can be: it costs that model, and nothing else."""

import json
import os
import pickle
import struct
from pathlib import Path

import pytest
import torch
from safetensors.torch import save, save_file

from autograder.judging import Status
from autograder.judging.trained import weights
from autograder.judging.trained.model import judge_trained
from autograder.judging.trained.rejection import NotAttempted, Refused
from tests.autograder.judging.trained.bank import FILE, MODEL
from tests.processor_time import at_most


def framed(header, body=b"", length=None):
    """A file in the format, with whatever header."""
    raw = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack("<Q", len(raw) if length is None else length) + raw + body


def entry(shape, start, end, dtype="F32"):
    return {"dtype": dtype, "shape": shape, "data_offsets": [start, end]}


class Bomb:
    def __reduce__(self):
        return os.mkdir, ("a-pickle-was-opened",)


HOSTILE = {
    "empty": b"",
    "a few bytes": b"\x01\x00",
    "a text": b"my weights are in my other notebook" * 30,
    "a web page": b"<html><script>alert(1)</script></html>",
    "a pickle": pickle.dumps(Bomb()),
    "a checkpoint of torch": b"PK\x03\x04" + bytes(100),
    "a header of 2^64 bytes": framed({}, length=2**64 - 1),
    "a header longer than the file": framed({}, length=50_000),
    "a header of a megabyte": framed(b"{" + b" " * 1_000_000 + b"}"),
    "a header that is no JSON": framed(b"{'a': 1}"),
    "a header nested deep": framed(b'{"a":' * 9000 + b"1" + b"}" * 9000),
    "a header that is a list": framed([1, 2]),
    "nothing in it": framed({}),
    "overlapping": framed({"a": entry([2], 0, 8), "b": entry([2], 4, 12)}, bytes(12)),
    "a hole": framed({"a": entry([1], 0, 4), "b": entry([1], 8, 12)}, bytes(12)),
    "offsets beyond the end": framed({"a": entry([100], 0, 400)}, bytes(8)),
    "offsets backwards": framed({"a": entry([1], 8, 4)}, bytes(8)),
    "a negative offset": framed({"a": entry([1], -4, 0)}, bytes(8)),
    "a shape of 10^9": framed({"a": entry([10**9], 0, 8)}, bytes(8)),
    "a shape that overflows": framed({"a": entry([2**40, 2**40], 0, 8)}, bytes(8)),
    "a negative shape": framed({"a": entry([-1], 0, 4)}, bytes(4)),
    "more dimensions than torch has": framed({"a": entry([1] * 65, 0, 4)}, bytes(4)),
    "40,000 dimensions": framed({"a": entry([1] * 32_000, 0, 4)}, bytes(4)),
    "a dimension beyond 64 bits": framed({"a": entry([0, 2**64 - 1], 0, 0)}),
    "steps that overflow": framed({"a": entry([0, 2**62, 2], 0, 0)}),
    "a name that is no UTF-8": framed(b'{"a\xff": 1}'),
    "a type of its own": framed({"a": entry([1], 0, 4, "OBJ")}, bytes(4)),
    "truth values": save({"a": torch.ones(4, dtype=torch.bool)}),
    "complex numbers": framed({"a": entry([1], 0, 8, "C64")}, bytes(8)),
    "too many tensors": save({f"t{n}": torch.ones(1) for n in range(1200)}),
    "cut off": save({"a": torch.ones(100)})[:-40],
    "nan": save({"a": torch.tensor([1.0, float("nan")])}),
    "inf": save({"a": torch.tensor([float("inf")], dtype=torch.float16)}),
}


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def written(tmp_path, raw):
    path = tmp_path / "small.safetensors"
    path.write_bytes(raw)
    return {FILE: path}


@pytest.mark.parametrize("title", HOSTILE)
def test_a_hostile_file_is_refused_in_a_sentence(tmp_path, title):
    files = written(tmp_path, HOSTILE[title])
    with at_most(5), pytest.raises(Refused) as caught:
        weights.read(files, "small")
    assert caught.value.sentence.count("\n") == 0 and len(caught.value.sentence) < 300
    not_finite = title in ("nan", "inf")
    assert caught.value.name == (
        "weights that are not finite" if not_finite else "an unusable file"
    )
    assert "<" not in caught.value.sentence
    assert os.listdir() == ["small.safetensors"]


def test_the_file_is_named_not_a_finite_one():
    with pytest.raises(Refused, match="'a' in .* holds nan or inf: the training diverged"):
        weights.read(written(Path(), HOSTILE["nan"]), "small")


def test_a_link_a_pipe_and_a_folder(tmp_path):
    secret = tmp_path / "secret"
    save_file({"a": torch.ones(2)}, secret)
    (tmp_path / "link").symlink_to(secret)
    (tmp_path / "folder").mkdir()
    os.mkfifo(tmp_path / "pipe")
    for name in ("link", "folder", "pipe"):
        with pytest.raises(Refused, match="is no ordinary file"):
            weights.read({FILE: tmp_path / name}, "small")


def test_a_file_of_a_gigabyte_is_not_read(tmp_path):
    path = tmp_path / "small.safetensors"
    with open(path, "wb") as file:
        file.truncate(1 << 30)  # takes no room
    with pytest.raises(Refused, match="up to 48 MB"):
        weights.read({FILE: path}, "small")


def test_no_file():
    with pytest.raises(NotAttempted, match="no file models/small.safetensors was handed in"):
        weights.read({"models/other.safetensors": None}, "small")


def test_what_save_model_writes_is_read(tmp_path):
    from helpers.submit import save_model

    module = torch.nn.Sequential(torch.nn.Linear(4, 3), torch.nn.BatchNorm1d(3))
    save_model("small", module, steps=7, folder=str(tmp_path))
    path = tmp_path / "small.safetensors"
    found = weights.read({FILE: path}, "small")
    for name, value in module.state_dict().items():
        assert torch.equal(found[name], value)
    card = weights.card({"models/small.json": path.with_suffix(".json")}, "small")
    assert card == "Its card says: budget full, steps 7, device cpu."


@pytest.mark.parametrize(
    "raw",
    [b"", b"null", b"[1, 2]", b"\xff\xfe", b"{", b"[" * 50_000, b'{"steps": ' + b"9" * 200_000],
)
def test_a_card_that_is_none(tmp_path, raw):
    path = tmp_path / "small.json"
    path.write_bytes(raw)
    assert weights.card({"models/small.json": path}, "small") == ""


def test_a_card_is_shown_short_and_plain(tmp_path):
    path = tmp_path / "small.json"
    said = {"steps": "<script>alert(1)</script>" * 9, "device": {"a": [1]}, "seconds": 1e300}
    path.write_text(json.dumps(said))
    card = weights.card({"models/small.json": path}, "small")
    assert len(card) < 200 and not set("<>{}[]()'\"/") & set(card)


def test_each_hostile_file_ends_in_a_verdict(tmp_path):
    for title, raw in HOSTILE.items():
        verdict = judge_trained(MODEL, lambda: torch.nn.Linear(1, 1), files=written(tmp_path, raw))
        assert verdict.status is Status.WRONG, title


def test_a_panic_of_the_parser_costs_that_file_alone(tmp_path, monkeypatch):
    """It is no Exception; Ctrl-C is none either, and ends the run."""
    panic = type("PanicException", (BaseException,), {"__module__": "pyo3_runtime"})
    for error, expected in ((panic("index out of bounds"), Refused), (KeyboardInterrupt(), None)):

        def load(raw, error=error):
            raise error

        monkeypatch.setattr("helpers.read_tensors.load", load)
        with pytest.raises(expected or KeyboardInterrupt):
            weights.read(written(tmp_path, save({"a": torch.ones(1)})), "small")


def told(raw):
    with pytest.raises(Refused) as caught:
        weights.read(written(Path(), raw), "small")
    return caught.value.sentence


@pytest.mark.parametrize(
    ("size", "words"), [(48_000_000, "no file in safetensors format"), (48_000_001, "up to 48 MB")]
)
def test_a_file_may_have_48_megabytes(size, words):
    with open("small.safetensors", "wb") as file:
        file.truncate(size)  # takes no room
    with pytest.raises(Refused, match=words):
        weights.read({FILE: Path("small.safetensors")}, "small")


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        (framed(b"{" + b" " * 99_998 + b"}"), "holds 0 tensors"),
        (framed(b"{" + b" " * 99_999 + b"}"), "no file in safetensors format"),
        (framed(b"{}"), "holds 0 tensors"),
        (framed(b"1"), "no file in safetensors format"),
        (framed(b"{}", length=3), "no file in safetensors format"),
        (b"1234567", "no file in safetensors format"),
    ],
)
def test_a_header_may_have_two_to_100_000_bytes(raw, words):
    sentence = told(raw)
    assert sentence.startswith("models/small.safetensors") and words in sentence
    assert sentence.endswith("save it with save_model.")


def test_a_file_may_hold_a_thousand_tensors():
    def many(count):
        return save({f"t{n}": torch.ones(1) for n in range(count)})

    assert len(weights.read(written(Path(), many(1000)), "small")) == 1000
    assert told(many(1001)).startswith("models/small.safetensors holds 1001 tensors")


@pytest.mark.parametrize("dtype", ["float32", "float64", "float16", "bfloat16", "int64"])
def test_numbers_of_a_trained_network_are_read(dtype):
    tensor = torch.tensor([1, 2, 3], dtype=getattr(torch, dtype))
    (found,) = weights.read(written(Path(), save({"a": tensor})), "small").values()
    assert found.dtype == tensor.dtype and torch.equal(found, tensor)


@pytest.mark.parametrize("dtype", ["int32", "uint8", "bool"])
def test_other_numbers_are_refused_by_their_type(dtype):
    tensor = torch.ones(2, dtype=getattr(torch, dtype))
    assert told(save({"a" * 70: tensor})) == (
        f"tensor '{'a' * 60}' in models/small.safetensors is of type torch.{dtype}."
    )


def test_a_name_in_a_sentence_is_plain():
    sentence = told(save({"<b>w.1</b>": torch.tensor([float("inf")])}))
    assert sentence.startswith("tensor 'bw.1b' in models/small.safetensors holds nan or inf")


def test_a_card_says_what_is_shown_of_it_in_order(tmp_path):
    path = tmp_path / "small.json"
    path.write_text(
        json.dumps({"device": "a" * 50, "seconds": 1234.56, "steps": 7, "budget": "full", "x": 1})
    )
    assert weights.card({"models/small.json": path}, "small") == (
        f"Its card says: budget full, steps 7, seconds 1235, device {'a' * 40}."
    )
    assert weights.card({"models/small.json": path}, "other") == ""
    path.write_text(json.dumps({"steps": 7}) + " " * (100_000 - len('{"steps": 7}')))
    assert weights.card({"models/small.json": path}, "small") == "Its card says: steps 7."
    path.write_text(path.read_text() + " ")
    assert weights.card({"models/small.json": path}, "small") == ""


def test_only_a_quick_training_is_advised():
    assert weights.advice("Its card says: budget quick, steps 7.") == weights.QUICK
    for card in ("Its card says: budget full.", "Its card says: steps 7, budget quick.", ""):
        assert weights.advice(card) == ""


def test_how_a_network_differs_from_a_file_is_told_by_its_first_tensor():
    tensors = {"a": torch.ones(2, 3), "b": torch.ones(2)}

    def refused(theirs):
        with pytest.raises(Refused) as caught:
            weights.differences(theirs, tensors, "FILE")
        assert caught.value.name == "weights of another network"
        return caught.value.sentence.partition(";")[0]

    weights.differences({"b": (2,), "a": (2, 3)}, tensors, "FILE")
    more = {"a": (2, 3), "b": (2,), "c": (1,), "d": (1,)}
    assert refused(more) == "FILE has no tensor 'c'"
    assert refused({"c": (1,)}) == "FILE has no tensor 'c'"
    assert refused({"b": (2,)}) == "FILE has a tensor 'a' too many"
    assert refused({"a": (2, 3), "b": (3,)}) == (
        "tensor 'b' in FILE has the shape (2,), and in the notebook (3,)"
    )


def test_what_a_file_grows_by_while_it_is_opened_is_noticed(tmp_path, monkeypatch):
    path = tmp_path / "grows"
    path.write_bytes(b"12345")
    assert weights._bytes(path, 5) == b"12345" and weights._bytes(path, 4) is None
    before = os.stat_result((0o100644, *[0] * 5, 3, *[0] * 3))
    monkeypatch.setattr(weights.os, "fstat", lambda descriptor: before)
    assert weights._bytes(path, 5) == b"12345" and weights._bytes(path, 4) is None
    assert weights._bytes(None, 5) is None and weights._bytes(tmp_path / "none", 5) is None


@pytest.mark.parametrize("name", ["O_NONBLOCK", "O_NOFOLLOW", "O_BINARY"])
def test_a_file_is_read_where_a_system_lacks_a_flag(tmp_path, monkeypatch, name):
    monkeypatch.delattr(os, name, raising=False)
    (tmp_path / "a").write_bytes(b"12345")
    assert weights._bytes(tmp_path / "a", 5) == b"12345"
