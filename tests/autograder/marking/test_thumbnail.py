"""Pictures of students, which may be damaged, large or of any mode."""

import base64
import io
import struct
import zlib

import pytest
from PIL import Image

from autograder.marking.thumbnail import SIZE, small
from autograder.reports import rich_text


def made(kind="PNG", mode="RGB", size=(500, 400), **options):
    out = io.BytesIO()
    Image.effect_noise(size, 80).convert(mode).save(out, kind, **options)
    return out.getvalue()


def opened(raw):
    picture = Image.open(io.BytesIO(raw))
    picture.load()
    return picture


def address(kind, raw):
    return rich_text.picture(kind, base64.b64encode(raw).decode())


def announced(width, height, data=b""):
    """A PNG whose header announces a size, whatever its data hold."""

    def chunk(name, body):
        return (
            struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
        )

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", data) + chunk(b"IEND", b"")
    )


WHOLE = {
    "a PNG": ("image/png", made()),
    "16 bits": ("image/png", made(mode="I;16")),
    "a palette": ("image/png", made(mode="P")),
    "transparent": ("image/png", made(mode="LA")),
    "one pixel": ("image/png", made(size=(1, 1))),
    "a line": ("image/png", made(size=(3000, 1))),
    "CMYK": ("image/jpeg", made("JPEG", "CMYK")),
    "a GIF": ("image/gif", made("GIF", "P")),
}
DAMAGED = {
    "half a PNG": ("image/png", made()[:9000]),
    "half a JPEG": ("image/jpeg", made("JPEG")[:9000]),
    "no pixels": ("image/png", announced(300, 300)),
    "noise for pixels": ("image/png", announced(300, 300, b"noise")),
    "fewer pixels": ("image/png", announced(300, 300, zlib.compress(bytes(5000)))),
}
NONE = {
    "a bomb": ("image/png", announced(30_000, 30_000, zlib.compress(bytes(10**6)))),
    "no size": ("image/png", announced(0, 0)),
    "no bytes": ("image/png", b""),
    "an SVG with a script": (
        "image/png",
        b"<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>",
    ),
    "an SVG by its name": ("image/svg+xml", b"<svg xmlns='http://www.w3.org/2000/svg'/>"),
    "a GIF that says PNG": ("image/png", made("GIF", "P")),
    "a TIFF": ("image/tiff", made("TIFF")),
}


@pytest.mark.parametrize("what", WHOLE)
def test_it_is_small_and_a_png(what):
    kind, raw = WHOLE[what]
    assert address(kind, raw)
    kind, less = small(kind, raw)
    picture, before = opened(less), opened(raw)
    assert (kind, picture.format, picture.mode) == ("image/png", "PNG", "RGB")
    assert all(now == min(most, now) for now, most in zip(picture.size, SIZE, strict=True))
    assert picture.size[0] == min(before.size[0], SIZE[0])


@pytest.mark.parametrize("what", DAMAGED)
def test_a_damaged_one_is_left_to_the_browser(what):
    kind, raw = DAMAGED[what]
    assert address(kind, raw), "its head is fine"
    assert small(kind, raw) == (kind, raw)


@pytest.mark.parametrize("what", NONE)
def test_what_is_no_picture_has_no_address(what):
    assert address(*NONE[what]) is None


@pytest.mark.parametrize("content", ["A", "not base64!", "QQ==\x00", 5, None, ["QQ=="], "=" * 8])
def test_wrong_base64_has_no_address(content):
    assert rich_text.picture("image/png", content) is None
