"""Make a picture small, for a page with those of all students."""

import io

from PIL import Image

from autograder.reports.rich_text import PICTURES

SIZE = (320, 320)


def small(kind: str, raw: bytes) -> tuple[str, bytes]:
    """(MIME type, bytes) of a small PNG; of the picture itself, if it cannot be decoded.

    A picture that ends too early has a head that is fine: a browser shows the part that is there.

    Args:
        kind: the picture's MIME type, one of PICTURES.
        raw: its bytes.
    """
    out = io.BytesIO()
    try:
        with Image.open(io.BytesIO(raw), formats=[PICTURES[kind]]) as picture:
            made = picture.convert("RGB")
        made.thumbnail(SIZE)
        made.save(out, "PNG")
    # What decoders raise for damaged bytes is documented nowhere.
    except Exception:
        return kind, raw
    return "image/png", out.getvalue()
