"""Charts as inline SVG; every bar has its number, so colour carries no information."""

from collections.abc import Iterable, Sequence

from markupsafe import Markup, escape

WIDTH, HEIGHT, LEFT, BELOW, ABOVE = 600, 220, 8, 36, 18


def bars(counts: Sequence[float], labels: Sequence[str], title: str, axis: str) -> Markup:
    """A bar chart. counts: numbers >= 0. labels: one for each. title: for screen readers."""
    step = (WIDTH - 2 * LEFT) / len(counts)
    room, highest = HEIGHT - BELOW - ABOVE, max([*counts, 1])
    parts = []
    for index, (count, label) in enumerate(zip(counts, labels, strict=True)):
        x, height = LEFT + index * step, room * count / highest
        y = ABOVE + room - height
        parts.append(
            f'<rect class="bar" x="{x + 2:.1f}" y="{y:.1f}" width="{step - 4:.1f}" '
            f'height="{height:.1f}"/>'
        )
        middle = x + step / 2
        parts.append(_text(middle, y - 4, count) if count else "")
        parts.append(_text(middle, HEIGHT - BELOW + 14, label))
    base = HEIGHT - BELOW
    parts.append(f'<line class="axis" x1="{LEFT}" y1="{base}" x2="{WIDTH - LEFT}" y2="{base}"/>')
    parts.append(_text(WIDTH / 2, HEIGHT - 4, axis))
    return _svg(WIDTH, HEIGHT, title, parts)


def share(value: float, title: str) -> Markup:
    """A horizontal bar filled to `value` in [0, 1]. title: for screen readers."""
    width = 80
    parts = [
        f'<rect class="bar" x="0" y="2" width="{width * min(1, max(0, value)):.1f}" height="10"/>',
        f'<rect fill="none" class="axis" x="0.5" y="2.5" width="{width - 1}" height="9"/>',
    ]
    return _svg(width, 14, title, parts)


def _svg(width: int, height: int, title: str, parts: Iterable[str]) -> Markup:
    head = f'<svg viewBox="0 0 {width} {height}" width="{width}" height="{height}" role="img">'
    return Markup("{}<title>{}</title>{}</svg>").format(Markup(head), title, Markup("".join(parts)))


def _text(x: float, y: float, label: object) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="middle">{escape(str(label))}</text>'
