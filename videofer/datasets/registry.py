"""The published data sets that have an adapter: kind in the config -> module of this package."""

import importlib

from videofer.datasets.adapter import DataSet

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


def names_people(kind: str) -> bool:
    """Return whether a kind of data set says who is who; where it does not, each clip counts as its own person."""
    return kind not in ADAPTERS or load_adapter(kind).people


def load_adapter(kind: str) -> DataSet:
    """Return the facts and the reader of a registered data set."""
    return importlib.import_module(f"videofer.datasets.{ADAPTERS[kind]}").DATASET
