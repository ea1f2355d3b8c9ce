"""README.md and docs/how-a-check-is-proven.md say what is in the code, to the last number."""

import pytest

from benchmarks import bars, records
from tests.docs import numbers


@pytest.mark.parametrize("page", [numbers.README, numbers.PROOF], ids=lambda page: page.name)
def test_the_page_counts_what_is_there(page):
    text = page.read_text("utf-8")
    assert text == numbers.renewed(text, numbers.counted()[page]), (
        "an exercise or an answer has come or gone: run python -m tests.docs.numbers"
    )


def test_another_number_is_seen_and_only_numbers_are_changed():
    text, known = numbers.PROOF.read_text("utf-8"), numbers.counted()[numbers.PROOF]
    (pattern, (count,)), *_ = known.items()
    other = numbers.renewed(text, known | {pattern: (count + 1_000,)})
    changed = [pair for pair in zip(text.split("\n"), other.split("\n"), strict=True)
               if pair[0] != pair[1]]  # fmt: skip
    assert changed == [(f"| exercises of the six notebooks | {count} |",
                        f"| exercises of the six notebooks | {count + 1_000:,} |")]  # fmt: skip


def test_a_sentence_that_has_gone_is_no_silence():
    with pytest.raises(ValueError, match="occurs 0 times"):
        numbers.renewed("Nothing here.", numbers.counted()[numbers.PROOF])


def test_the_gallery_shows_every_run_that_is_kept():
    page = (numbers.ROOT / "docs" / "gallery" / "README.md").read_text("utf-8")
    rows = list(bars.table(records.read()))
    assert rows
    missing = [row for row in rows if f"| {' | '.join(row)} |" not in page]
    assert not missing, "run python -m benchmarks.gallery build/runs"
