"""What stands in the documentation: its blocks of code, its commands, its links."""

import re
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
FENCE = re.compile(
    r"^(?P<indent> *)```(?P<about>[^\n`]*)\n(?P<text>.*?)^(?P=indent)```$", re.DOTALL | re.MULTILINE
)
SPAN = re.compile(r"`([^`\n]+)`")


@dataclass(frozen=True)
class Block:
    """language, and what follows it on its line: "file=NAME", "append=NAME", "cell" or nothing."""

    language: str
    about: str
    text: str

    def target(self, what):
        """NAME of "what=NAME", or None."""
        name, _, value = self.about.partition("=")
        return value if name == what else None


def read(page):
    """The text of a page below docs/, or of README.md."""
    path = ROOT / page if page == "README.md" else ROOT / "docs" / page
    return path.read_text(encoding="utf-8")


def blocks(text):
    """The fenced blocks of a page, in order."""
    found = []
    for match in FENCE.finditer(text):
        language, _, about = match["about"].strip().partition(" ")
        lines = [line.removeprefix(match["indent"]) for line in match["text"].splitlines(True)]
        found.append(Block(language, about, "".join(lines)))
    return found


def without_blocks(text):
    return FENCE.sub("", text)


def spans(text):
    """What stands in backquotes outside blocks."""
    return SPAN.findall(without_blocks(text))


def commands(text):
    """Lines of shell in blocks, without comments; lines that go on with a backslash are joined."""
    for block in blocks(text):
        if block.language in ("", "bash"):
            for line in block.text.replace("\\\n", " ").splitlines():
                line = re.sub(r"(^|\s)#.*$", "", line).strip()
                if line:
                    yield line
