"""A frame of each film that could not be used, for the page's table of them."""

import io
from pathlib import Path

import numpy as np
import pandas as pd
from markupsafe import Markup
from PIL import Image

from videofer.core.errors import RejectedClip, UserError
from videofer.report.page.embed import encode_uri
from videofer.video.pictures import is_sequence, list_pictures, read_still
from videofer.video.reader import FilmReader

MOST = 24  # frames on the page
HEIGHT = 90  # pixels


def show_rejected(rejected: pd.DataFrame) -> dict[str, Markup]:
    """Return clip -> picture of its film's first frame, where one can be read, for the first MOST of the clips."""
    shown = {}
    for row in rejected.drop_duplicates("clip").head(MOST).itertuples(index=False):
        try:
            frame = Image.fromarray(read_first(row.video))
        except UserError:
            continue  # the reason beside it says why
        out = io.BytesIO()
        frame.save(out, "WEBP", quality=60)
        source = encode_uri("image/webp", out.getvalue())
        picture = Markup('<img class="thumb" src="{}" alt="First frame" width="{}" height="{}"> {}')
        shown[row.clip] = picture.format(source, *frame.size, row.clip)
    return shown


def read_first(video: str | Path) -> np.ndarray:
    """Return the first frame of a film, folder of pictures or picture, (H, W) uint8; raises UserError."""
    if Path(video).is_dir():
        return read_still(list_pictures(video)[0], HEIGHT)
    if is_sequence(video):
        return read_still(video, HEIGHT)
    for _, _, pixels in FilmReader(video, max_height=HEIGHT, end=0, timed=True):
        return pixels
    raise RejectedClip(f"{video} has no frame.")
