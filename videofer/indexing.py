"""Look at every video of a data set once, before anything is decoded: the step index_dataset."""

import dataclasses
import logging
import time
from collections import defaultdict
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import jsonschema
import pandas as pd
import yaml

from videofer.artifacts import sha256_file, write_table
from videofer.datasets import Clip, Rejection
from videofer.errors import RejectedClip, UserError
from videofer.video import count_frames, probe_video

log = logging.getLogger(__name__)

COLUMNS = (
    *("clip", "video", "subject", "label", "codec", "fps", "frames", "width", "height", "rotation", "view"),
    *("start", "end", "onset", "apex", "offset", "sha256"),
)
NUMBERS = ("frames", "width", "height", "rotation", "start", "end", "onset", "apex", "offset")
PROGRESS_SECONDS = 10


def probe_clip(clip: Clip) -> dict:
    """Return a clip's row of the manifest; raises RejectedClip if its video cannot be used."""
    try:
        info = probe_video(clip.video)
        frames, fps = count_frames(clip.video)
        digest = sha256_file(clip.video)
    except OSError as error:
        raise RejectedClip(f"{clip.video} cannot be read ({error.strerror}).") from None
    for name in ("start", "end", "onset", "apex", "offset"):
        number = getattr(clip, name)
        if number is not None and number >= frames:
            raise RejectedClip(f"{clip.video} has {frames} frames (0 to {frames - 1}), but its {name} is {number}.")
    turned = (info.rotation + (clip.rotation or 0)) % 360
    probed = {"codec": info.codec, "fps": fps, "frames": frames, "width": info.width, "height": info.height}
    return dataclasses.asdict(clip) | probed | {"rotation": turned, "sha256": digest}


def find_duplicates(rows: Sequence[dict]) -> dict[str, str]:
    """Return clip -> sentence for clips whose video and frames are byte for byte those of another clip.

    The first of them stays if all name the same subject and label; otherwise nobody knows which is right, and
    all go.
    """
    groups = defaultdict(list)
    for row in rows:
        groups[row["sha256"], row["start"], row["end"]].append(row)
    sentences = {}
    for first, *others in groups.values():
        for other in others:
            if any((row["subject"], row["label"]) != (first["subject"], first["label"]) for row in others):
                said = f"{first['video']} ({first['subject']}, {first['label']})"
                told = f"{other['video']} ({other['subject']}, {other['label']})"
                sentence = f"{said} and {told} are the same video under two names: keep the right one."
                sentences[first["clip"]] = sentences[other["clip"]] = sentence
            else:
                sentences[other["clip"]] = f"{other['video']} is the same video as {first['video']}."
    return sentences


def index_dataset(
    clips: Sequence[dict],
    rejected: Sequence[dict],
    schema: str | Path,
    out: str | Path,
    out_rejected: str | Path,
    threads: int,
    code: str,
) -> None:
    """Probe all videos; write the manifest of those that can be used and a table of the others.

    `clips` and `rejected` are the Clip and Rejection records of the scan, as dicts; the manifest's rows are
    checked against the JSON `schema`. Raises UserError if no video is left.
    """
    rows, refused = [], [Rejection(**one) for one in rejected]
    for clip, row, reason in _probe_all([Clip(**one) for one in clips], threads):
        if row is None:
            refused.append(Rejection(clip.clip, clip.video, "index", reason))
        else:
            rows.append(row)
    duplicates = find_duplicates(rows)
    refused += [
        Rejection(row["clip"], row["video"], "index", duplicates[row["clip"]])
        for row in rows
        if row["clip"] in duplicates
    ]
    rows = [row for row in rows if row["clip"] not in duplicates]
    for one in refused:
        log.warning("%s rejected: %s", one.clip, one.reason)
    log.info("%d clips can be used, %d cannot", len(rows), len(refused))
    if not rows:
        raise UserError(f"None of the {len(refused)} videos can be used; the first: {refused[0].reason}")
    _validate(rows, schema)
    manifest = pd.DataFrame(rows, columns=list(COLUMNS)).astype(dict.fromkeys(NUMBERS, "Int64"))
    fields = [field.name for field in dataclasses.fields(Rejection)]
    write_table(out, "manifest", manifest, {"code": code})
    write_table(
        out_rejected, "rejected", pd.DataFrame(map(dataclasses.asdict, refused), columns=fields), {"code": code}
    )


def _probe_all(clips: Sequence[Clip], threads: int):
    """Yield (clip, row or None, reason or None) in order; libav and hashing leave Python's lock alone."""

    def probe(clip: Clip) -> tuple[Clip, dict | None, str | None]:
        try:
            return clip, probe_clip(clip), None
        except RejectedClip as error:
            return clip, None, str(error)

    shown = time.monotonic()
    with ThreadPoolExecutor(threads) as pool:
        for done, result in enumerate(pool.map(probe, clips), start=1):
            yield result
            if time.monotonic() - shown > PROGRESS_SECONDS or done == len(clips):
                shown = time.monotonic()
                log.info("%d of %d videos looked at", done, len(clips))


def _validate(rows: Sequence[dict], schema: str | Path) -> None:
    validator = jsonschema.Draft202012Validator(yaml.safe_load(Path(schema).read_text(encoding="utf-8")))
    for row in rows:
        for error in validator.iter_errors(row):
            where = ".".join(map(str, error.absolute_path))
            raise UserError(f"manifest, clip {row['clip']}, {where}: {error.message}")
