"""Open the report of a finished study in the browser.

example:
  videofer show results/rendered
"""

import argparse
import webbrowser
from collections.abc import Sequence
from pathlib import Path

from videofer.errors import UserError


def make_parser() -> argparse.ArgumentParser:
    """Return what reads the command line."""
    parser = argparse.ArgumentParser(
        "videofer show", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("results", type=Path, help="folder of a study, such as results/rendered")
    return parser


def main(arguments: Sequence[str]) -> int:
    """Run the command: print the page's path and open it; returns 0."""
    page = make_parser().parse_args(arguments).results / "report" / "index.html"
    if not page.is_file():
        raise UserError(f"{page} does not exist: finish the study first, `videofer status` tells what is left.")
    print(page)
    webbrowser.open(page.resolve().as_uri())
    return 0
