"""Facial expression recognition in video: the Capsule-LSTM study as a reproducible pipeline."""

from importlib import import_module
from typing import Any

from videofer.core import __version__

__all__ = ["Recognizer", "__version__", "predict"]


def __getattr__(name: str) -> Any:
    """Import `Recognizer` and `predict` on first use: they take seconds that `--help` need not spend."""
    if name == "Recognizer":
        return import_module("videofer.predict.recognizer").Recognizer
    if name == "predict":
        return import_module("videofer.predict")
    raise AttributeError(f"module 'videofer' has no attribute '{name}'")
