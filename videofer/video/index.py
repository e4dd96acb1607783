"""Probe every video of a data set once, before anything is decoded: the step index_dataset."""

import contextlib
import dataclasses
import json
import logging
import queue
import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pandas as pd

from videofer.core.artifacts import atomic_path, sha256_file, write_table
from videofer.core.clip import Clip, Rejection, blame
from videofer.core.errors import RejectedClip, UserError
from videofer.datasets.sources import PICTURES, list_files, name_recording
from videofer.video.limits import Limits, OverLimit
from videofer.video.pictures import is_picture, is_sequence, probe_pictures
from videofer.video.probe import Prober

log = logging.getLogger(__name__)

COLUMNS = (
    *("clip", "video", "subject", "label", "codec", "fps", "frames", "width", "height", "rotation", "view"),
    *("half", "face_x", "rate", "start", "end", "onset", "apex", "offset", "part", "sha256"),
)
NUMBERS = ("frames", "width", "height", "rotation", "start", "end", "onset", "apex", "offset")
PART = ("start", "end", "half", "face_x")  # what tells clips of one video apart
WHOLE = 0.9  # of twins, one that is shorter than this part of the longest is taken to be cut off
SAVE_SECONDS = 10  # between two states of the cache on the disk


class VideoCache:
    """The manifest's columns of videos, in a file of no use to another version of the code, which starts anew."""

    def __init__(self, path: str | Path, code: str):
        self.path, self.code, self._videos = Path(path), code, {}
        with contextlib.suppress(OSError, ValueError, KeyError, TypeError):  # a damaged cache costs time only
            content = json.loads(self.path.read_text(encoding="utf-8"))
            self._videos = dict(content["videos"]) if content["code"] == code else {}

    def describe(self, clip: Clip, prober: Prober) -> dict:
        """Return codec, fps, frames, width, height, rotation and sha256 of a clip's video; safe in threads.

        It is read if it is new or has changed. Raises RejectedClip and OverLimit, which are not kept.
        """
        key, path = json.dumps([clip.video, clip.rate]), Path(clip.video)
        try:
            stats = [file.stat() for file in (list_files(path, PICTURES) if path.is_dir() else [path])]
            state = [len(stats), sum(s.st_size for s in stats), max((s.st_mtime_ns for s in stats), default=0)]
            if key not in self._videos or self._videos[key][0] != state:
                self._videos[key] = [state, _read(clip, prober)]
            return self._videos[key][1]
        except OSError as error:
            raise RejectedClip(f"{error.filename or clip.video} cannot be read ({error.strerror}).") from None

    def save(self) -> None:
        """Write the cache, in one step."""
        content = json.dumps({"code": self.code, "videos": dict(self._videos)})
        with atomic_path(self.path) as temporary:
            temporary.write_text(content, encoding="utf-8")


def _read(clip: Clip, prober: Prober) -> dict:
    if is_picture(clip.video):
        raise RejectedClip(f"{clip.video} is a still picture: name a video, or the folder of the pictures.")
    if is_sequence(clip.video):
        info = probe_pictures(clip.video, clip.rate)
        frames, fps = info.promised, info.rate
    else:
        info = prober.probe(clip.video)
        frames, fps = prober.count(clip.video)
    facts = {name: getattr(info, name) for name in ("codec", "width", "height", "rotation")}
    return facts | {"fps": fps, "frames": frames, "sha256": sha256_file(clip.video)}


def describe_clip(clip: Clip, video: dict | RejectedClip) -> dict:
    """Return a clip's row of the manifest; raises RejectedClip if its video cannot be used."""
    if isinstance(video, RejectedClip):
        raise video
    frames = video["frames"]
    for name in ("start", "end", "onset", "apex", "offset"):
        number = getattr(clip, name)
        if number is not None and number >= frames:
            raise RejectedClip(f"{clip.video} has {frames} frames (0 to {frames - 1}), but its {name} is {number}.")
    return dataclasses.asdict(clip) | video | {"rotation": (video["rotation"] + (clip.rotation or 0)) % 360}


def find_duplicates(rows: Sequence[dict]) -> dict[str, str]:
    """Return clip -> sentence for clips that show what another one shows, of the same frames, half and face.

    Of videos that are the same byte for byte the first stays if all name the same subject and label; otherwise all
    go. Of files in one folder that differ in their suffix alone, such as .flv and .mp4, under the same subject and
    label, the first stays that is not cut off.
    """
    groups = defaultdict(list)
    for row in rows:
        groups[row["sha256"], *(row[key] for key in PART)].append(row)
    sentences = {}
    for first, *others in groups.values():
        for other in others:
            if any((row["subject"], row["label"]) != (first["subject"], first["label"]) for row in others):
                pair = [f"{row['video']} ({row['subject']}, {row['label']})" for row in (first, other)]
                sentence = f"{' and '.join(pair)} are the same video under two names: keep the right one."
                sentences[first["clip"]] = sentences[other["clip"]] = sentence
            else:
                sentences[other["clip"]] = f"{other['video']} is the same video as {first['video']}."
    formats = defaultdict(list)
    for row in rows:
        if row["clip"] not in sentences:
            formats[name_recording(row["video"]), *(row[key] for key in (*PART, "subject", "label"))].append(row)
    for twins in formats.values():
        lasting = [row["frames"] / row["fps"] if row["fps"] else 0 for row in twins]
        kept = next(row for row, seconds in zip(twins, lasting, strict=True) if seconds >= WHOLE * max(lasting))
        for row in twins:
            if row is not kept:
                same = f"is the same recording as {kept['video']} in another format, which is used"
                sentences[row["clip"]] = f"{row['video']} {same}."
    return sentences


def index_dataset(
    clips: Sequence[dict],
    rejected: Sequence[dict],
    out: str | Path,
    out_rejected: str | Path,
    out_left_out: str | Path,
    cache: str | Path,
    left_out: Mapping[str, int],
    threads: int,
    code: str,
    limits: Limits,
) -> None:
    """Probe all videos; write the manifest of those that can be used and a table of the others.

    `clips` and `rejected` are the Clip and Rejection records of the scan, as dicts, `left_out` its reasons with
    their numbers. `cache` keeps what each video holds until its size or time changes. Raises OverLimit, after all
    videos were probed, if one exceeds the `limits`, UserError if no video is left.
    """
    clips, rejected = [Clip(**clip) for clip in clips], [Rejection(**record) for record in rejected]
    rows, refused = sort_out(clips, rejected, VideoCache(cache, code), limits, threads)
    for rejection in refused:
        log.warning("%s rejected: %s", rejection.clip, rejection.reason)
    for why, number in left_out.items():
        log.info("%d left out on purpose: %s", number, why)
    log.info("%d clips can be used, %d cannot", len(rows), len(refused))
    if not rows:
        raise UserError(f"None of the {len(refused)} videos can be used; the first: {refused[0].reason}")
    manifest = pd.DataFrame(rows, columns=list(COLUMNS)).astype(dict.fromkeys(NUMBERS, "Int64"))
    purposely = pd.DataFrame(left_out.items(), columns=["reason", "recordings"])
    columns = [field.name for field in dataclasses.fields(Rejection)]
    write_table(out, "manifest", manifest, {"code": code})
    write_table(out_left_out, "left-out", purposely, {"code": code})
    write_table(out_rejected, "rejected", pd.DataFrame(refused, columns=columns), {"code": code})


def sort_out(
    clips: Sequence[Clip], rejected: Sequence[Rejection], cache: VideoCache, limits: Limits, threads: int
) -> tuple[list[dict], list[Rejection]]:
    """Return the manifest's rows of the clips that can be used, and all others; raises as `probe_all`."""
    rows, refused = [], list(rejected)
    for clip, video in zip(clips, probe_all(clips, cache, limits, threads), strict=True):
        try:
            rows.append(describe_clip(clip, video))
        except RejectedClip as error:
            refused.append(Rejection(clip.clip, clip.video, "index", str(error)))
    duplicates = find_duplicates(rows)
    twice = [row for row in rows if row["clip"] in duplicates]
    refused += [Rejection(row["clip"], row["video"], "index", duplicates[row["clip"]]) for row in twice]
    return [row for row in rows if row["clip"] not in duplicates], refused


def probe_all(clips: Sequence[Clip], cache: VideoCache, limits: Limits, threads: int) -> list[dict | RejectedClip]:
    """Return of each clip what its video holds, or why that cannot be used.

    Raises OverLimit if any exceeds the limits, after all others were read and cached: a rerun reads these alone.
    """
    free, saved, results = queue.SimpleQueue(), time.monotonic(), {}
    videos = {(clip.video, clip.rate): clip for clip in clips}

    def describe(clip: Clip) -> dict | UserError:
        prober = free.get()
        try:
            return cache.describe(clip, prober)
        except UserError as error:
            return error
        except Exception as error:  # one film's, whatever it is
            return blame(clip.video, error)
        finally:
            free.put(prober)

    with contextlib.ExitStack() as stack, ThreadPoolExecutor(threads) as pool:
        stack.callback(cache.save)
        for _ in range(threads):
            free.put(stack.enter_context(Prober(limits)))
        for video, result in zip(videos, pool.map(describe, videos.values()), strict=True):
            results[video] = result
            if time.monotonic() - saved > SAVE_SECONDS:
                cache.save()
                saved = time.monotonic()
                log.info("%d of %d videos read", len(results), len(videos))
    over = [result for result in results.values() if isinstance(result, OverLimit)]
    if over:
        raise OverLimit(f"{len(over)} of {len(videos)} videos were not read; the first: {over[0]}")
    return [results[clip.video, clip.rate] for clip in clips]
