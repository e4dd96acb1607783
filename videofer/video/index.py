"""Look at every video of a data set once, before anything is decoded: the step index_dataset."""

import dataclasses
import logging
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import jsonschema
import pandas as pd
import yaml

from videofer.core.artifacts import write_table
from videofer.core.clip import Clip, Rejection
from videofer.core.errors import RejectedClip, UserError
from videofer.video.known_videos import KnownVideos, Probed
from videofer.video.limits import USUAL, Budget

log = logging.getLogger(__name__)

COLUMNS = (
    *("clip", "video", "subject", "label", "codec", "fps", "frames", "width", "height", "rotation", "view"),
    *("half", "face_x", "rate", "start", "end", "onset", "apex", "offset", "part", "sha256"),
)
NUMBERS = ("frames", "width", "height", "rotation", "start", "end", "onset", "apex", "offset")
PROGRESS_SECONDS = 10


def describe_clip(clip: Clip, probed: Probed) -> dict:
    """Return a clip's row of the manifest; raises RejectedClip if its video cannot be used."""
    if probed.reason is not None:
        raise RejectedClip(probed.reason)
    for name in ("start", "end", "onset", "apex", "offset"):
        number = getattr(clip, name)
        if number is not None and number >= probed.frames:
            last = probed.frames - 1
            raise RejectedClip(
                f"{clip.video} has {probed.frames} frames (0 to {last}), but its {name} is {number}."
            )
    seen = dataclasses.asdict(probed)
    seen = {key: seen[key] for key in ("codec", "fps", "frames", "width", "height", "sha256")}
    return dataclasses.asdict(clip) | seen | {"rotation": (probed.rotation + (clip.rotation or 0)) % 360}


def find_duplicates(rows: Sequence[dict]) -> dict[str, str]:
    """Return clip -> sentence for clips whose video, frames and half are byte for byte those of another clip.

    The first of them stays if all name the same subject and label; otherwise nobody knows which is right, and
    all go.
    """
    groups = defaultdict(list)
    for row in rows:
        groups[row["sha256"], row["start"], row["end"], row["half"], row["face_x"]].append(row)
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
    out_left_out: str | Path,
    known: str | Path,
    left_out: Mapping[str, int],
    threads: int,
    code: str,
    budget: Budget = USUAL,
) -> None:
    """Probe all videos; write the manifest of those that can be used and a table of the others.

    `clips` and `rejected` are the Clip and Rejection records of the scan, as dicts, `left_out` its reasons with
    their numbers; the manifest's rows are checked against the JSON `schema`. `known` keeps what was seen of each
    video beyond this call: one whose size and time have not changed is not read again. A video that exceeds the
    `budget` is refused. Raises UserError if no video is left.
    """
    rows, refused = [], [Rejection(**one) for one in rejected]
    for clip, probed in _probe_all([Clip(**one) for one in clips], KnownVideos(known, code, budget), threads):
        try:
            rows.append(describe_clip(clip, probed))
        except RejectedClip as error:
            refused.append(Rejection(clip.clip, clip.video, "index", str(error)))
    duplicates = find_duplicates(rows)
    refused += [
        Rejection(row["clip"], row["video"], "index", duplicates[row["clip"]])
        for row in rows
        if row["clip"] in duplicates
    ]
    rows = [row for row in rows if row["clip"] not in duplicates]
    for one in refused:
        log.warning("%s rejected: %s", one.clip, one.reason)
    for why, number in left_out.items():
        log.info("%d left out on purpose: %s", number, why)
    log.info("%d clips can be used, %d cannot", len(rows), len(refused))
    if not rows:
        raise UserError(f"None of the {len(refused)} videos can be used; the first: {refused[0].reason}")
    _validate(rows, schema)
    manifest = pd.DataFrame(rows, columns=list(COLUMNS)).astype(dict.fromkeys(NUMBERS, "Int64"))
    purposely = pd.DataFrame(left_out.items(), columns=["reason", "recordings"])
    fields = [field.name for field in dataclasses.fields(Rejection)]
    write_table(out, "manifest", manifest, {"code": code})
    write_table(out_left_out, "left-out", purposely, {"code": code})
    write_table(
        out_rejected, "rejected", pd.DataFrame(map(dataclasses.asdict, refused), columns=fields), {"code": code}
    )


def _probe_all(clips: Sequence[Clip], known: KnownVideos, threads: int) -> Iterator[tuple[Clip, Probed]]:
    """Yield the clips with what is known of their videos; libav and hashing leave Python's lock alone."""
    shown = time.monotonic()
    with known, ThreadPoolExecutor(threads) as pool:
        for done, (clip, probed) in enumerate(zip(clips, pool.map(known.look_at, clips), strict=True), start=1):
            yield clip, probed
            if time.monotonic() - shown > PROGRESS_SECONDS or done == len(clips):
                shown = time.monotonic()
                known.save()
                log.info("%d of %d videos looked at, %d of them anew", done, len(clips), known.read)


def _validate(rows: Sequence[dict], schema: str | Path) -> None:
    validator = jsonschema.Draft202012Validator(yaml.safe_load(Path(schema).read_text(encoding="utf-8")))
    for row in rows:
        for error in validator.iter_errors(row):
            where = ".".join(map(str, error.absolute_path))
            raise UserError(f"manifest, clip {row['clip']}, {where}: {error.message}")
