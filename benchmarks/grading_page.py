"""The figures that benchmarks.grading writes into docs/grading-speed.md and large-classes.md."""

import statistics
from collections.abc import Mapping, Sequence
from typing import Any

from benchmarks import measure

STOCK, KIT = "stock nbgrader, every cell", "the kit"
SAME_CELLS = "stock nbgrader, the cells that the kit runs"
Costs = Mapping[str, Sequence[measure.Cost]]
# Of a large class, and of each node it runs on.
MANY, CORES = 10_000, 24
FLOOR, WHOLE_FLOOR = "floor, the cells that the kit runs", "floor, every cell"


def page(
    costs: Costs,
    larger: Costs,
    sizes: tuple[int, int],
    memory: Sequence[int],
    grown: Mapping[int, Mapping[str, Any]],
    calls: Sequence[float],
) -> str:
    """Markdown.

    Args:
        costs: {way: [Cost of each round]} for the demo class.
        larger: the same for a larger class, without stock nbgrader.
        sizes: students in the two classes.
        memory: bytes of everything, with 1, 2, ... workers.
        grown: {submissions: what grading that many trivial ones cost}.
        calls: milliseconds of a remote call, and of one with its gradient.
    """
    parts = [_head(costs), _classes(costs, larger, sizes), _ratios(costs)]
    parts += [_further(costs, larger, sizes), _small(memory, calls), _growth(grown)]
    return "\n\n".join(parts) + "\n"


def _head(costs):
    return f"""Measured on {measure.machine()}; medians of
{len(costs[KIT])} rounds, one way after the other in each round, with the same points in every cell.
Floor: the students' own cells and the calls of their tests, warm, on all cores, and nothing else;
its wall time begins when everything is imported. The kit does not run the cells that only show
something again: their outputs stay as handed in. Stock nbgrader has no such rule, so it is measured
twice: on the notebooks as handed in, and on the same without those cells."""


def _classes(costs, larger, sizes):
    rows = ["| gan-mnist, students | | wall s | CPU s |", "|---|---|---|---|"]
    for size, found in zip(sizes, (costs, larger), strict=True):
        rows += [
            f"| {size} | {name} | {_median(each, 'wall'):.1f} | {_median(each, 'cpu'):.0f} |"
            for name, each in found.items()
        ]
    return "\n".join(rows)


def _ratios(costs):
    pairs = (SAME_CELLS, KIT), (STOCK, KIT), (KIT, FLOOR), (KIT, WHOLE_FLOOR), (SAME_CELLS, FLOOR)
    same, faster, above, whole, most = (
        [one.wall / other.wall for one, other in zip(costs[a], costs[b], strict=True)]
        for a, b in pairs
    )
    return (
        f"On the same cells the kit is **{statistics.median(same):.1f} times as fast** as stock"
        f" nbgrader ({_each(same)}).\nAs the two grade a class, stock on every cell,"
        f" {statistics.median(faster):.1f} times as fast ({_each(faster)}).\nNothing that runs and"
        f" judges these cells can be more than {statistics.median(most):.1f} times as fast on the"
        f" same cells:\nso much is the floor ({_each(most)}).\n\n"
        f"It takes {statistics.median(whole):.2f} times the floor of every cell ({_each(whole)}),\n"
        f"and {statistics.median(above):.2f} times that of the cells it"
        f" runs ({_each(above)}):\nstarting the sandbox takes some seconds, once for a class."
    )


def _further(costs, larger, sizes):
    more = sizes[1] - sizes[0]
    (kit_wall, kit_cpu), (floor_wall, floor_cpu) = (
        [
            (_median(larger[way], what) - _median(costs[way], what)) / more
            for what in ("wall", "cpu")
        ]
        for way in (KIT, FLOOR)
    )
    return (
        f"Each further student of the larger class takes {kit_wall:.2f} s,"
        f" {kit_wall / floor_wall:.1f} times the floor, and\n{kit_cpu:.2f} s of CPU, of"
        f" which {kit_cpu - floor_cpu:.2f} s is beyond its own cells and tests."
    )


def large_classes(
    costs: Costs, larger: Costs, sizes: tuple[int, int], grown: Mapping[int, Mapping[str, Any]]
) -> str:
    """Markdown about MANY submissions on nodes of CORES cores, reckoned; arguments as of page().

    Nodes share the submissions' processor time without loss; one process, which writes the
    gradebook, takes the results one after the other. The slower of the two decides.
    """
    cpu = (_median(larger[KIT], "cpu") - _median(costs[KIT], "cpu")) / (sizes[1] - sizes[0])
    written = grown[max(grown)]["own_cpu"]
    rows = [
        f"Reckoned, not measured: {MANY:,} submissions of gan-mnist, {cpu:.2f} s of processor time"
        f" for each\non {CORES} cores a node, and {1e3 * written:.0f} ms for each in the one"
        " process that writes the gradebook.\n",
        "| nodes | minutes to run | minutes to write | what takes longer |",
        "|---|---|---|---|",
    ]
    for nodes in (1, 10, 100):
        run, write = (MANY * each / 60 for each in (cpu / (nodes * CORES), written))
        longer = "running" if run > write else "the gradebook"
        rows.append(f"| {nodes} | {run:.1f} | {write:.1f} | {longer} |")
    full = cpu / (CORES * written)
    rows.append(f"\nFrom {full:.1f} nodes on, the gradebook's process is what breaks first.")
    return "\n".join(rows) + "\n"


def _small(memory, calls):
    sizes = ", ".join(f"{each / 1e6:,.0f}" for each in memory)
    return (
        f"Memory of everything together with 1 to {len(memory)} workers, trivial submissions:"
        f" {sizes} MB.\nOne call of a student's function from a test, small tensors:"
        f" {calls[0]:.1f} ms, with its gradient {calls[1]:.1f} ms."
    )


def _growth(grown):
    rows = ["| trivial submissions | ms each | CPU s each | memory of the parent, MB |"]
    rows.append("|---|---|---|---|")
    for size, found in grown.items():
        begin, end = (kilobytes / 1e3 for kilobytes in found["parent"])
        each = found["cpu"] / size
        rows.append(
            f"| {size:,} | {1e3 * found['each']:.0f} | {each:.2f} | {begin:.0f}, {end:.0f} |"
        )
    sizes = sorted(grown)
    if len(sizes) > 1:
        small, large = sizes[-2:]
        extra = (grown[large]["cpu"] - grown[small]["cpu"]) / (large - small)
        times = grown[large]["each"] / grown[small]["each"]
        rows += [
            "",
            f"From {small:,} to {large:,}: {times:.2f} times the time each, and {extra:.2f} s of"
            " CPU (all processes,\nits own cells included) for each further submission.",
        ]
    return "\n".join(rows)


def _median(costs, what):
    return statistics.median(getattr(cost, what) for cost in costs)


def _each(values):
    return ", ".join(f"{value:.2f}" for value in values)
