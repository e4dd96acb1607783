"""The command line, `videofer COMMAND` or `python -m videofer COMMAND`: what is done beside the workflow."""

import sys
from collections.abc import Sequence

import typer

from videofer.core.errors import explain
from videofer.datasets.check import datasets
from videofer.folds.check_study import check
from videofer.predict.command import evaluate, export, predict

app = typer.Typer(
    help="Facial expression recognition in video.", no_args_is_help=True, pretty_exceptions_enable=False
)
app.command()(check)
app.command()(predict)
app.command()(evaluate)
app.command()(export)
app.add_typer(datasets, name="datasets")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command and return its exit status: 1 after an error that the user can mend, 2 for wrong options.

    Such an error is one sentence on stderr; any other exception is raised.
    """
    try:
        app(arguments, prog_name="videofer")
    except SystemExit as ended:
        return ended.code
    except Exception as error:
        message = explain(error)
        if message is None:
            raise
    print(f"videofer: {message}", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
