"""Facial expression recognition in video: the Capsule-LSTM study as a reproducible pipeline."""

__version__ = "0.1.0"
__all__ = ["Recognizer", "__version__"]


def __getattr__(name: str):
    """Import what the package offers when it is asked for: torch takes seconds that `--help` need not pay."""
    if name == "Recognizer":
        from videofer.predict.recognizer import Recognizer

        return Recognizer
    raise AttributeError(f"module 'videofer' has no attribute '{name}'")
