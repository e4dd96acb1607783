"""The command `datasets`: list the published data sets, or check a tree against one of them."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path


def make_parser() -> argparse.ArgumentParser:
    """Return what reads the command line."""
    parser = argparse.ArgumentParser("videofer datasets", description=__doc__)
    verbs = parser.add_subparsers(dest="verb")
    check = verbs.add_parser("check", help="what a folder holds of a data set, without opening a video")
    check.add_argument("name", help="of the data set, as `datasets` lists it")
    check.add_argument("path", type=Path, help="its folder")
    check.add_argument("--subset", help="named part of the set; by default its first")
    return parser


def main(arguments: Sequence[str]) -> int:
    """Run the command; returns 0, or 1 where a checked tree holds nothing that can be used."""
    options = make_parser().parse_args(arguments)

    from videofer.datasets.check import check_tree, list_datasets

    if options.verb is None:
        sys.stdout.write(list_datasets())
        return 0
    text, usable = check_tree(options.name, options.path.expanduser(), options.subset)
    sys.stdout.write(text)
    return 0 if usable else 1
