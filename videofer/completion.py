"""Print a script that completes `videofer` and its commands, options and files when the Tab key is pressed.

bash, for you alone; it counts in the next shell:
  videofer completion bash > ~/.local/share/bash-completion/completions/videofer

zsh, into any folder of $fpath:
  videofer completion zsh > ~/.zfunc/_videofer

fish:
  videofer completion fish > ~/.config/fish/completions/videofer.fish

The script knows every word by itself: completing starts no Python. Print it anew after an update.
"""

import argparse
import importlib
import sys
from collections.abc import Sequence
from pathlib import Path

SHELLS = ("bash", "zsh", "fish")


def make_parser() -> argparse.ArgumentParser:
    """Return what reads the command line."""
    parser = argparse.ArgumentParser(
        "videofer completion", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("shell", choices=SHELLS)
    return parser


def main(arguments: Sequence[str]) -> int:
    """Run the command; returns 0."""
    options = make_parser().parse_args(arguments)

    import shtab

    from videofer.__main__ import COMMANDS

    sys.stdout.write(shtab.complete(join_parsers(COMMANDS), options.shell))
    return 0


def join_parsers(commands: dict[str, tuple[str, str]]) -> argparse.ArgumentParser:
    """Return one parser of all commands, as `shtab` needs it; commands: name -> module and what it does."""
    parser = argparse.ArgumentParser("videofer")
    verbs = parser.add_subparsers()
    for name, (module, about) in commands.items():
        made = importlib.import_module(module).make_parser()
        offer_words(made)
        # `parents` takes over every argument, but for the help that the new parser has as well.
        verbs.add_parser(name, parents=[made], conflict_handler="resolve", help=about, description=about)
    return parser


def offer_words(parser: argparse.ArgumentParser) -> None:
    """Let `shtab` offer files where a path is asked for, and the names of data sets and models that there are."""
    import shtab

    from videofer.datasets.registry import ADAPTERS
    from videofer.models.registry import MODELS

    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for nested in action.choices.values():
                offer_words(nested)
        elif action.type is Path or action.metavar == "PATH":
            action.complete = shtab.FILE
        elif action.dest in (known := {"name": ADAPTERS, "model": MODELS}):
            action.choices = list(known[action.dest])
