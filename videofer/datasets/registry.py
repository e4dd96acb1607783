"""The kinds of data set, as dataset.kind of the config names them."""

import importlib
from types import ModuleType

from videofer.datasets.adapter import DataSet

# Published sets: each is a module of this package, called like it, with a `DATASET`.
ADAPTERS = (
    "mmi",
    "ck-plus",
    "oulu-casia",
    "ravdess",
    "crema-d",
    "enterface05",
    "savee",
    "baum-1",
    "afew",
    "dfew",
    "ferv39k",
    "adfes",
)
KINDS = ("rendered", "table", "folder", "cross", *ADAPTERS)


def load_kind(kind: str) -> ModuleType:
    """Import the module that is called like a kind."""
    return importlib.import_module(f"videofer.datasets.{kind.replace('-', '_')}")


def load_adapter(kind: str) -> DataSet:
    """Return the facts and the reader of a published data set."""
    return load_kind(kind).DATASET


def names_people(kind: str) -> bool:
    """Return whether a kind of data set names its subjects; where it does not, each clip is its own subject."""
    return kind not in ADAPTERS or load_adapter(kind).people
