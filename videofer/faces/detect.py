"""Find the face of one clip: boxes, one steady square track, 68 landmarks: the step detect_faces."""

import logging
from pathlib import Path

import numpy as np

from videofer.core.artifacts import write_arrays
from videofer.core.clip import read_accepted, rejection_kept
from videofer.core.errors import RejectedClip, UserError
from videofer.faces.search import explain_rotation, load_detector, search_frames
from videofer.faces.track import load_landmark_model, track_face

log = logging.getLogger(__name__)

OFFSET = 0.25  # sides of the face: from here on a remark says that the face leaves the track


def detect_faces(
    frames: str | Path,
    out: str | Path,
    *,
    detector: str,
    upsample: int,
    smallest: float | None,
    every: int,
    min_detected: float,
    max_gap: int,
    track: str,
    landmark_model: str | None,
    face_x: float | None,
    rotation: int | None,
    code: str,
) -> None:
    """Track the face of a 'frames' artifact into a 'faces' artifact.

    box (T, 4) left, top, right, bottom of the detection, nan where there is none; score (T,) of the detector;
    source (T,) 0 none, 1 detected, 2 interpolated, in a frame that was searched in vain or not at all; landmarks
    (T, 68, 2) x, y, nan where source is 0; track (T, 3) centre x, centre y, side of the square face track. All in
    pixels of the frame. The settings are those of `faces:` in the config.
    rotation: what the data set states for the clip, which detection then verifies; None: it states none.
    """
    if every > max_gap + 1:
        raise UserError(f"faces: every is {every}: give at most {max_gap + 1}, so that no gap exceeds max_gap.")
    search = {"detector": detector, "upsample": upsample, "smallest": smallest, "every": every}
    choice = {"min_detected": min_detected, "max_gap": max_gap, "track": track, "face_x": face_x}
    parameters = search | choice | {"landmark_model": landmark_model, "code": code}
    with rejection_kept("detect", out, "faces", parameters, [frames]):
        pixels = read_accepted(frames, "frames")["frames"]
        detect, model = load_detector(detector, upsample, smallest), load_landmark_model(landmark_model)
        found, searched = search_frames(pixels, detect, every)
        try:
            arrays = track_face(pixels, found, searched, model, **choice)
        except RejectedClip as error:
            hint = explain_rotation(pixels, detect)
            raise RejectedClip(f"{str(error)[:-1]}; {hint[0].lower()}{hint[1:]}" if hint else str(error)) from None
        counts = np.bincount(arrays["source"], minlength=3)
        log.info("%d frames: %d with the face, %d interpolated, %d without", len(pixels), *counts[[1, 2, 0]])
        remarks = []
        centres = (arrays["box"][:, :2] + arrays["box"][:, 2:]) / 2
        offset = np.nanmax(np.abs(centres - arrays["track"][:, :2]) / arrays["track"][:, 2:])
        if offset > OFFSET:
            remarks.append(f"The face strays from its track by up to {offset:.0%} of its size ({track} track).")
        most = max(map(len, found))
        if most > 1:
            who = "largest, most central and lasting one" if face_x is None else f"one nearest to face_x {face_x:g}"
            remarks.append(f"Up to {most} faces show in one frame: the {who} is used.")
        if rotation is not None and (hint := explain_rotation(pixels, detect)):
            remarks.append(hint)
        for remark in remarks:
            log.warning("%s", remark)
        write_arrays(out, "faces", arrays, parameters | {"most_faces": most, "remarks": remarks}, [frames])
