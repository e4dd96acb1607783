"""Stack the clips of a data set into one array and list those that were rejected: the step pack_clips."""

import logging
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from videofer.clips.duplicates import find_copies
from videofer.core.artifacts import read_arrays, read_table, stream_arrays, write_table
from videofer.core.errors import UserError

log = logging.getLogger(__name__)

STACKED = ("clip", "landmarks", "fingerprint")


def pack_clips(
    clips: Sequence[str | Path],
    manifest: str | Path,
    rejected_at_index: str | Path,
    out: str | Path,
    out_rejected: str | Path,
    out_remarks: str | Path,
    classes: Sequence[str],
    code: str,
) -> None:
    """Stack the 'clip' artifacts of some folders, in the manifest's order, into one 'clips' artifact of N clips.

    It holds clip (N, 16, 64, 64) uint8, landmarks (N, 16, 68, 2) float32, fingerprint (N, 16, 32) uint8, the
    perceptual hash of the whole frames, and label (N,) int64, an index into `classes`; its parameters name clips,
    subjects, classes, and of each clip the part of the set's own split, or None. Clips outside of the manifest,
    those that a step rejected, and copies of others (`find_copies`) go to the table `out_rejected` with stage and
    reason; remarks of the steps on clips that are used go to `out_remarks`. Raises UserError if a class is left
    empty.
    """
    table = read_table(manifest, "manifest")
    paths = {path.stem: path for folder in clips for path in Path(folder).glob("*.safetensors")}
    kept, refused, remarks, hashes = [], [], {}, []
    for row in table.itertuples(index=False):
        if row.clip not in paths:
            folder = Path(clips[0]).parent
            raise UserError(
                f"The clip {row.clip} is missing: delete the folder of its person in {folder}, and run again."
            )
        clip, source = read_arrays(paths[row.clip], "clip"), {"clip": row.clip, "video": row.video}
        if clip.rejected is not None:
            refused.append(source | {"stage": clip.parameters["stage"], "reason": clip.rejected})
        else:
            kept.append(row)
            hashes.append(clip["fingerprint"])
            remarks[row.clip] = [source | {"remark": remark} for remark in clip.parameters["remarks"]]
    copies = find_copies(np.stack(hashes), kept) if kept else {}
    for number, reason in copies.items():
        refused.append({"clip": kept[number].clip, "video": kept[number].video, "stage": "pack", "reason": reason})
    kept = [row for number, row in enumerate(kept) if number not in copies]
    refused = pd.DataFrame(refused, columns=["clip", "video", "stage", "reason"])
    rejected = pd.concat([read_table(rejected_at_index, "rejected"), refused])
    for row in rejected.itertuples(index=False):
        log.warning("%s was rejected at %s: %s", row.clip, row.stage, row.reason)
    log.info("%d clips kept, %d rejected", len(kept), len(rejected))
    labels = [row.label for row in kept]
    empty = [name for name in classes if name not in labels]
    if empty:
        what = f"No clip of the class {', '.join(empty)}" if labels else "No clip"
        first = f"; the first: {rejected.reason.iloc[0]}" if len(rejected) else ""
        raise UserError(f"{what} is left after {len(rejected)} were rejected{first}")
    parameters = {
        "clips": [row.clip for row in kept],
        "subjects": [row.subject for row in kept],
        "classes": list(classes),
        "parts": [row.part if isinstance(row.part, str) else None for row in kept],
        "code": code,
    }
    numbers = [list(classes).index(label) for label in labels]
    stack_clips([paths[row.clip] for row in kept], numbers, out, parameters)
    write_table(out_rejected, "rejected", rejected, {"code": code}, [manifest, rejected_at_index])
    remarks = [remark for row in kept for remark in remarks[row.clip]]
    remarks = pd.DataFrame(remarks, columns=["clip", "video", "remark"])
    write_table(out_remarks, "remarks", remarks, {"code": code}, [manifest])


def stack_clips(paths: Sequence[Path], labels: Sequence[int], out: str | Path, parameters: dict) -> None:
    """Write 'clip' artifacts, each with its label, as rows of one 'clips' artifact, one at a time."""
    first = read_arrays(paths[0], "clip")
    shapes = {name: ((len(paths), *first[name].shape), first[name].dtype) for name in STACKED}
    shapes["label"] = ((len(paths),), np.dtype(np.int64))
    with stream_arrays(out, "clips", shapes, parameters, paths) as rows:
        for number, (path, label) in enumerate(zip(paths, labels, strict=True)):
            arrays = read_arrays(path, "clip")
            for name in STACKED:
                rows[name][number] = arrays[name]
            rows["label"][number] = np.int64(label)
