"""A trained model reads any video: every face is tracked, cut into windows and classified.

Comes in: a bundle and videos. Goes out: tables, annotated films, a page. Called, as
`videofer.predict(video)`, the room answers by itself.
May be imported by: nobody; it can be deleted with its lines in __main__.py and __init__.py.
"""

import sys
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd


class Room(ModuleType):
    """This module, which can be called."""

    def __call__(self, video: str | Path, **options: float | str | Path) -> "pd.DataFrame":
        """Return `Recognizer.predict` of a film or picture; options: those of `Recognizer.load`, which may raise.

        The model is loaded anew in each call: for many films, load a `Recognizer` once.
        """
        return import_module("videofer.predict.recognizer").Recognizer.load(**options).predict(video)  # heavy


sys.modules[__name__].__class__ = Room
