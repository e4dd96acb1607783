"""The kinds of data set: dataset.kind in the config -> module of this package.

A published set's module has a `DATASET`; that of any other kind has `scan(config, root)`, which returns a Scan.
"""

import importlib
from types import ModuleType

from videofer.datasets.adapter import DataSet

OWN = {
    "rendered": "rendered.clip_list",
    "table": "table",
    "folder": "folder",
    "cross": "cross",
}
ADAPTERS = {
    "mmi": "mmi",
    "ck-plus": "ck_plus",
    "oulu-casia": "oulu_casia",
    "ravdess": "ravdess",
    "crema-d": "crema_d",
    "enterface05": "enterface05",
    "savee": "savee",
    "baum-1": "baum_1",
    "afew": "afew",
    "dfew": "dfew",
    "ferv39k": "ferv39k",
    "adfes": "adfes",
}
KINDS = OWN | ADAPTERS


def load_kind(kind: str) -> ModuleType:
    """Import the module of a kind."""
    return importlib.import_module(f"videofer.datasets.{KINDS[kind]}")


def load_adapter(kind: str) -> DataSet:
    """Return the facts and the reader of a published data set."""
    return load_kind(kind).DATASET


def names_people(kind: str) -> bool:
    """Return whether a kind of data set names its subjects; where it does not, each clip is its own subject."""
    return kind not in ADAPTERS or load_adapter(kind).people
