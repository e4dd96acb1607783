"""Facial expression recognition in video: the Capsule-LSTM study as a reproducible pipeline."""

__version__ = "0.1.0"
__all__ = ["Recognizer", "__version__"]


def __getattr__(name: str):
    """Import `Recognizer` on first use: torch takes seconds that `--help` need not spend."""
    if name == "Recognizer":
        from videofer.predict.recognizer import Recognizer

        return Recognizer
    raise AttributeError(f"module 'videofer' has no attribute '{name}'")
