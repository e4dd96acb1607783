"""What `predict` takes: a film, a still picture, or pictures in a row, each as frames with times."""

import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from PIL import Image

from videofer.core.errors import RejectedClip
from videofer.predict.stream import Frame, VideoStream, keep_part
from videofer.video.limits import fit_size
from videofer.video.pictures import is_picture, is_sequence, probe_pictures, read_pictures, read_still


class PictureStream:
    """Pictures as frames, like those of a `VideoStream`; still: whether it is one alone. Raises RejectedClip.

    One alone has no clock: `start` and `end` are those of pictures in a row.
    """

    def __init__(self, path: str | Path, max_height: int, still: bool, start: float = 0, end: float | None = None):
        self._part = (0.0, None, path) if still else (start, end, path)
        self.still, self.remarks = still, []
        if still:
            picture = read_still(path)
            self.shown = picture.shape[::-1]
            size = fit_size(*self.shown, None, max_height)
            self._frames = np.asarray(Image.fromarray(picture).resize(size, Image.Resampling.BOX))[None]
            self._times = np.zeros(1)
        else:
            self.shown = probe_pictures(path, None).shown_size()
            self._frames, self._times = read_pictures(path, max_height=max_height, remarks=self.remarks)
        self.promised = len(self._times)

    def __iter__(self) -> Iterator[Frame]:
        """Yield every frame."""
        shown = enumerate(zip(self._frames, self._times.tolist(), strict=True))
        frames = (Frame(n, time, pixels, self.shown[1] / len(pixels)) for n, (pixels, time) in shown)
        yield from keep_part(frames, *self._part)


Source = VideoStream | PictureStream


def open_source(path: str | Path, max_height: int, start: float = 0.0, end: float | None = None) -> Source:
    """Open what a path stands for, of a film the part from second `start` to `end`; raises RejectedClip."""
    try:
        os.fsencode(path).decode()
    except UnicodeDecodeError:  # no table could name it
        raise RejectedClip(f"{path} has a name that is not in UTF-8: rename it.") from None
    if is_picture(path) or is_sequence(path):
        return PictureStream(path, max_height, is_picture(path), start, end)
    return VideoStream(path, max_height, start, end)
