"""Group answers that are blank, identical or nearly identical.

Nearly identical: the cosine of TF-IDF vectors of runs of characters, by scikit-learn. Both answers
have to be alike, so a group is what is like its first member, never a chain.
"""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

BLANK, IDENTICAL, SIMILAR, ALONE = "blank", "identical", "similar", "alone"
# Cosines from here on count as nearly identical: a word or two of difference in a paragraph.
NEAR = 0.9
# Shorter answers are alike by chance.
SHORTEST = 40
# Longer answers are compared letter by letter alone; one letter of NFKC may become eighteen.
LONGEST = 20_000
# What stands for "I have nothing to say", in any case and with any punctuation.
NOTHING = {
    "", "your answer here", "your code here", "no answer", "none", "na", "n a", "todo", "tbd",
    "idk", "i dont know", "i do not know", "dont know", "no idea", "pass", "skip", "skipped",
    "raise notimplementederror", "your code here raise notimplementederror",
}  # fmt: skip
APOSTROPHES = re.compile("['’`]")


@dataclass(frozen=True)
class Group:
    """kind: one of the above. members: keys of the answers, in the order that was given."""

    kind: str
    members: tuple[str, ...]


def plain(source: str) -> str:
    """The answer with single spaces: in a formula, every other sign and letter may count."""
    if len(source) > LONGEST:
        return source
    return " ".join(unicodedata.normalize("NFKC", source).split())


def is_blank(source: str, stub: str = "", pictures: int = 0) -> bool:
    """Whether nothing was answered: no text but the stub or a phrase that says so, no picture."""
    if pictures or len(source.strip()) > LONGEST:
        return False
    words = _words(source)
    return words in NOTHING or words == _words(stub)


def grouped(
    answers: Mapping[str, str], stub: str = "", pictures: Sequence[str] = ()
) -> list[Group]:
    """The groups of {key: source}: blank ones first, then the largest, then those alone.

    stub: the answer as it was handed out. pictures: keys of answers that have pictures, which only
    a person can compare; such an answer is alone.
    """
    own = set(pictures)
    blank = [key for key, source in answers.items() if is_blank(source, stub, key in own)]
    rest = {key: plain(s) for key, s in answers.items() if key not in {*blank, *own}}
    same: dict[str, list[str]] = {}
    for key, text in rest.items():
        same.setdefault(text, []).append(key)
    groups = []
    for texts in _near(list(same)):
        members = [key for text in texts for key in same[text]]
        kind = SIMILAR if len(texts) > 1 else IDENTICAL if len(members) > 1 else ALONE
        groups.append(Group(kind, tuple(members)))
    groups += [Group(ALONE, (key,)) for key in answers if key in own]
    position = {key: number for number, key in enumerate(answers)}
    groups.sort(key=lambda group: (-len(group.members), position[group.members[0]]))
    return [*([Group(BLANK, tuple(blank))] if blank else []), *groups]


def _near(texts: list[str]) -> list[list[str]]:
    """The texts, those together that are nearly identical to the first of them."""
    long = [text for text in texts if SHORTEST <= len(text) <= LONGEST]
    groups = {text: [text] for text in texts}
    if len(long) < 2:
        return list(groups.values())
    from sklearn.feature_extraction.text import TfidfVectorizer

    # Runs of characters see a changed letter in a formula as well as a changed word.
    vectors = TfidfVectorizer(analyzer="char_wb", ngram_range=(3, 5), sublinear_tf=True)
    matrix = vectors.fit_transform(long)
    near = (matrix @ matrix.T).tocsr()
    taken: set[int] = set()
    for row, text in enumerate(long):
        if row in taken:
            continue
        start, end = near.indptr[row : row + 2]
        for other, cosine in zip(near.indices[start:end], near.data[start:end], strict=True):
            if other > row and other not in taken and cosine >= NEAR:
                taken.add(int(other))
                groups[text].append(long[other])
                del groups[long[other]]
    return list(groups.values())


def _words(source: str) -> str:
    text = APOSTROPHES.sub("", unicodedata.normalize("NFKC", source)).casefold()
    return " ".join(re.findall(r"[^\W_]+|[=+<>|\\^]", text))
