"""python -m videofer COMMAND: what one does beside running the workflow."""

import argparse
import importlib
import sys
from collections.abc import Sequence

from videofer.core.errors import explain

# Command -> the module whose `main(arguments)` runs it and whose `make_parser()` reads them, and what it does.
COMMANDS = {
    "predict": ("videofer.predict.command", "recognise the expressions in videos"),
    "export": ("videofer.predict.bundle.command", "make a bundle of a trained model, to use and to share"),
    "datasets": ("videofer.datasets.command", "list the published data sets, or check a folder against one"),
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command and return its exit status; a fault that the user can mend is one sentence on stderr."""
    told = "\n".join(f"  {name:10} {about}" for name, (_, about) in COMMANDS.items())
    parser = argparse.ArgumentParser(
        "videofer", description=f"commands:\n{told}", formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("command", choices=COMMANDS)
    parser.add_argument("rest", nargs=argparse.REMAINDER, help="see COMMAND --help")
    options = parser.parse_args(arguments)
    try:
        return importlib.import_module(COMMANDS[options.command][0]).main(options.rest)
    except KeyboardInterrupt:
        print(f"videofer {options.command}: stopped.", file=sys.stderr)
        return 130
    except Exception as error:
        sentence = explain(error)
        if sentence is None:
            raise
        print(f"videofer {options.command}: {sentence}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
