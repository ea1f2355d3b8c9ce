"""Change the kit in one place at a time and list the changes that no quick test notices.

mutmut's own runner leaves out tables, decorated functions and all that a sandbox runs; cosmic-ray's
starts Python anew for each mutant. Here a mutant is a file in a copy of the tree, which every
process that a test starts reads, and its functions are put into the running ones of a fork. It is
tried by the quick tests that run its line, the nearest first; by those of its package where its
line runs in another process.
"""

import argparse
import os
import random
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

import pytest

from tests.mutants import accepted, measure, sample, trying

ROOT = Path(__file__).parents[2]
OUT = ROOT / "build" / "mutants"
TREE, MEASURED = OUT / "tree", OUT / "measured.json"
# The tests of each package; the quick ones among them are measured.
TESTS = {package: [f"tests/{package}"] for package in sample.PACKAGES}
TESTS["autograder/checks"].append("tests/assignments/test_answers.py")
# What the quick tests of one mutant may take together, the nearest and then the quickest first:
# those that run its line, or those of its package where it runs in another process.
MOST_S, MOST_BLIND_S = 8.0, 15.0
# Forks run most of its lines, and what a fork runs is not measured.
FORKED = "autograder/sandbox/inside/"
# Files that run whole kernels, classes or files, the nearest first: asked where neither quick tests
# nor the files named as the module notice a mutant.
_SANDBOX = "tests/autograder/sandbox"
SLOWER = {
    "autograder/sandbox/inside/beside": ["tests/autograder/beside/test_equal_to_stock.py"],
    "autograder/sandbox/inside/home": ["tests/autograder/beside/test_equal_to_stock.py"],
    "autograder/sandbox/doctor": [f"{_SANDBOX}/test_isolation.py"],
    "autograder/sandbox/cgroups": [f"{_SANDBOX}/test_cgroups.py"],
    "autograder/sandbox": [f"{_SANDBOX}/test_layers.py", f"{_SANDBOX}/test_kernels.py"],
    "autograder/checks": ["tests/autograder/test_judge_files.py"],
    "autograder/grading": ["tests/autograder/grading/test_class.py"],
}


def copy_tree() -> None:
    """The files that git knows or would add, in a folder of their own."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    shutil.rmtree(TREE, ignore_errors=True)
    for name in filter(None, listed.split("\0")):
        if (ROOT / name).is_file():
            (TREE / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, TREE / name)


def tests_of(mutant: sample.Mutant, measured: measure.Measured) -> list[str]:
    """The quick tests that may notice a mutant, the nearest first."""
    lines = measured.lines.get(mutant.file, {})
    words = _words(mutant)
    named = {
        test
        for test in measured.seconds
        if Path(test.partition("::")[0]).stem.removeprefix("test_") in words
    }
    if mutant.in_function:
        found = lines.get(mutant.line, set()) | lines.get(mutant.statement, set())
    else:  # a test that reads a table runs no line of its module
        found = named.union(*lines.values())
    most, asked = MOST_S, found
    if not found or mutant.file.startswith(FORKED):
        most, package = MOST_BLIND_S, _package(mutant)
        asked = found | {test for test in measured.seconds if test.startswith(f"tests/{package}/")}
    nearest = sorted(
        asked, key=lambda test: (test not in named, test not in found, measured.seconds[test], test)
    )
    return fitting(nearest, measured.seconds, most)


def _words(mutant: sample.Mutant) -> tuple[str, ...]:
    return Path(mutant.file).with_suffix("").parts[1:]


def _package(mutant: sample.Mutant) -> str:
    return next(name for name in sample.PACKAGES if mutant.file.startswith(f"{name}/"))


def fitting(tests: list[str], seconds: dict[str, float], most: float) -> list[str]:
    """As many from the start as fit into `most` seconds."""
    total, count = 0.0, 0
    while count < len(tests) and total < most:
        total += seconds[tests[count]] + 0.01
        count += 1
    return tests[:count]


def slower_for(mutant: sample.Mutant) -> list[str]:
    """The slower files for a mutant: whole ones named as its module, then those of its package."""
    folder = TREE / "tests" / _package(mutant)
    named = [folder.rglob(f"test_{word}*.py") for word in reversed(_words(mutant))]
    files = [str(path.relative_to(TREE)) for paths in named for path in sorted(paths)]
    starts = sorted((each for each in SLOWER if mutant.file.startswith(each)), key=len)
    files += [file for start in reversed(starts) for file in SLOWER[start]]
    return list(dict.fromkeys(files))


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.mutants", description=__doc__)
    parser.add_argument("--size", type=int, default=350)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--keep", action="store_true", help="use the last measurement")
    parser.add_argument("--only", nargs="+", default=[""], help="only of these packages or files")
    parser.add_argument("--quick", action="store_true", help="ask no slower tests")
    asked = parser.parse_args()
    copy_tree()
    mutants = sample.draw(TREE, asked.seed, asked.size, asked.only)
    random.Random(asked.seed).shuffle(mutants)

    def plan(measured: measure.Measured) -> list[tuple[sample.Mutant, list[str]]]:
        return [(mutant, tests_of(mutant, measured)) for mutant in mutants]

    options = ["-p", "no:cacheprovider", "--tb=native", f"--basetemp={OUT / 'pytest'}"]
    slower = (lambda mutant: []) if asked.quick else slower_for
    shared = trying.Shared(TREE, MEASURED, options, asked.keep, plan, slower)
    os.chdir(TREE)
    sys.path[:] = [str(TREE), *(path for path in sys.path if path not in ("", str(ROOT)))]
    os.environ["PYTHONPATH"] = str(TREE)
    del sys.modules["tests"]
    packages = [each for each in sample.PACKAGES if sample.is_wanted(each, asked.only)]
    tests = [test for package in packages for test in TESTS[package]]
    what = ["-m", trying.QUICK, *tests]
    with open(OUT / "pytest.log", "w") as log, redirected(log):
        pytest.main([*options, *what], [shared])
    report(asked.seed, shared)


@contextmanager
def redirected(log: TextIO) -> Iterator[None]:
    """Inside, what this process and its children print goes into a file."""
    kept = os.dup(1), os.dup(2)
    for stream in (1, 2):
        os.dup2(log.fileno(), stream)
    try:
        yield
    finally:
        sys.stdout.flush()
        for stream, was in enumerate(kept, 1):
            os.dup2(was, stream)


def report(seed: int, shared: trying.Shared) -> None:
    """Print how many were noticed; leave the list of the others; end with 1 if it is too long."""
    left = {each for each, by in shared.results.items() if by is None}
    same = {each for each in left if accepted.why(each)}
    survivors = sorted(left - same)
    (OUT / "survivors.txt").write_text("".join(f"{mutant}\n" for mutant in survivors))
    for package in dict.fromkeys(map(_package, shared.results)):
        of = [by for each, by in shared.results.items() if _package(each) == package]
        quick, slow = of.count("quick"), len(of) - of.count("quick") - of.count(None)
        means = sum(_package(each) == package for each in same)
        print(f"{package:24}{quick:4} quick, {slow:3} slower, {means:2} the same, of {len(of):3}")
    count, minutes = len(shared.results), shared.seconds / 60
    noticed = count - len(left)
    print(
        f"{noticed} of {count} noticed (seed {seed}), {len(same)} mean the same, "
        f"{minutes:.1f} CPU minutes"
    )
    for mutant in shared.wrong_controls:
        print(f"noticed without its change: {mutant}")
    for file, passed in shared.passed.items():
        print(f"slower tests asked: {file}" if passed else f"fails without a change: {file}")
    sys.exit(len(survivors) > (count - len(same)) / 10 or bool(shared.wrong_controls))


if __name__ == "__main__":
    main()
