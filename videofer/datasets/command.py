"""The command `datasets`: list the published data sets, or check a folder against one of them."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from videofer.datasets.registry import ADAPTERS

datasets = typer.Typer(invoke_without_command=True)
Name = Annotated[str, typer.Argument(help="Data set, as `datasets` lists it.", autocompletion=lambda: [*ADAPTERS])]


@datasets.callback()
def list_all(context: typer.Context) -> None:
    """List the published data sets, or check a folder against one of them.

    For example:

    videofer datasets
    videofer datasets check mmi /data/MMI
    """
    if context.invoked_subcommand is None:
        from videofer.datasets.check import list_datasets

        sys.stdout.write(list_datasets())


@datasets.command()
def check(
    name: Name,
    path: Annotated[Path, typer.Argument(help="Folder of the data set.")],
    subset: Annotated[str | None, typer.Option(help="Named part of the set; by default its first.")] = None,
) -> None:
    """Compare a folder with a data set, without opening a video; exit status 1 if nothing in it can be used.

    For example:

    videofer datasets check mmi /data/MMI --subset all
    """
    from videofer.datasets.check import check_tree

    text, usable = check_tree(name, path.expanduser(), subset)
    sys.stdout.write(text)
    raise typer.Exit(0 if usable else 1)
