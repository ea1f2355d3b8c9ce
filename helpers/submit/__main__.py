"""``python -m helpers.submit ASSIGNMENT [--notebook PATH] [--out FOLDER]``."""

import argparse
import os
import sys

from helpers.errors import CourseError
from helpers.submit.command import check_and_pack


def main(arguments: list[str] | None = None) -> int:
    """Check and pack; returns the exit code: 0, or 2 after a user's mistake."""
    parser = argparse.ArgumentParser(
        prog="python -m helpers.submit",
        description="Look at a notebook as the grader will, and pack it in one zip to hand in.",
    )
    parser.add_argument("assignment", help="such as gan-mnist")
    parser.add_argument("--notebook", help="the file, if it has another name or place")
    parser.add_argument("--out", help="folder for the zip; by default the notebook's own")
    chosen = parser.parse_args(arguments)
    # A Windows console may lack ✓: better a question mark than an error.
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(errors="replace")
    try:
        check_and_pack(chosen.assignment, notebook=chosen.notebook, out=chosen.out)
        sys.stdout.flush()
    except BrokenPipeError:  # as `| head` makes: nobody reads any more
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except CourseError as error:
        print(f"submit: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
