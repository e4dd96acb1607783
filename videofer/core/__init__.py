"""What every room uses: artifacts, errors, names, rejections, ffmpeg, landmarks, the vocabulary of the study."""

__version__ = "0.1.0"
