"""What every room uses: artifacts, errors, names, rejections, ffmpeg, landmarks, the vocabulary of the study.

Comes in: nothing of another room. Goes out: types, constants, readers and writers.
May be imported by: every room.
"""

__version__ = "0.1.0"
