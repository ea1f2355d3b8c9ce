"""Read numbers as systems write them in the user's language: 5.00, 5,00, 1.000,00, 1 000,00."""

import re
from collections import Counter
from collections.abc import Iterable

# Between thousands, beside the comma and the point: spaces of several widths, apostrophes.
THOUSANDS = re.compile("[ \u00a0\u2009\u202f'\u2019]")
NUMBER = re.compile(r"[+-]?(?:\d[\d.,]*|[.,]\d+)")


def parse(text: str, decimal: str | None = None) -> float | None:
    """The number, or None if it is none. decimal: the sign, "." or ",", where text leaves it open.

    Of two different signs the last one is the decimal sign, and one that is repeated is none.
    "1,000" could be one or a thousand: without a known sign it is a thousand.
    """
    plain = THOUSANDS.sub("", text.strip())
    if not NUMBER.fullmatch(plain):
        return None
    sign = _sign(plain) or (decimal if decimal and plain.count(decimal) == 1 else "")
    whole, _, rest = plain.rpartition(sign) if sign else (plain, "", "0")
    try:
        return float(re.sub("[.,]", "", whole) + "." + (rest or "0"))
    except ValueError:
        return None


def decimal_sign(texts: Iterable[str]) -> str | None:
    """The decimal sign that most of the numbers among these have for sure; None if none has one."""
    plain = (THOUSANDS.sub("", text.strip()).removesuffix("%") for text in texts)
    signs = Counter(_sign(text) for text in plain if NUMBER.fullmatch(text))
    del signs[""]
    return max(signs, key=signs.__getitem__, default=None)


def _sign(number: str) -> str:
    """The decimal sign, or "" if there is none or it could as well be between thousands."""
    signs = re.findall("[.,]", number)
    if not signs or signs.count(signs[-1]) > 1:
        return ""
    after = re.split("[.,]", number)[-1]
    return signs[-1] if len(set(signs)) == 2 or len(after) != 3 else ""
