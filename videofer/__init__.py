"""Facial expression recognition in video: the Capsule-LSTM study as a reproducible pipeline."""

__version__ = "0.1.0"
