"""Facial expression recognition in video: the Capsule-LSTM study as a reproducible pipeline."""

from importlib import import_module

from videofer.core import __version__

__all__ = ["Recognizer", "__version__"]


def __getattr__(name: str) -> type:
    """Import `Recognizer` on first use: torch takes seconds that `--help` need not spend."""
    if name == "Recognizer":
        return import_module("videofer.predict.recognizer").Recognizer
    raise AttributeError(f"module 'videofer' has no attribute '{name}'")
