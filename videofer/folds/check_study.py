"""The command `check`: what the pipeline would use of a data set, before it runs."""

import sys
import tempfile
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from videofer.core.clip import Clip, Scan
from videofer.core.errors import RejectedClip, UserError
from videofer.core.study import CLASSES
from videofer.datasets.check import count_people
from videofer.datasets.scan import scan_dataset
from videofer.folds.protocol import count_folds
from videofer.pipeline.config import check_config, check_plan
from videofer.pipeline.overlays import overlay_defaults, paths_start, read_overlay
from videofer.pipeline.studies import overlay_config

if TYPE_CHECKING:
    import pandas as pd

DEFAULTS = Path(__file__).resolve().parents[2] / "config.yaml"
LOOKED_INTO = 12  # clips, spread evenly, in whose middle frame a face is searched for
SHOWN = 20  # rejected clips that are listed by name
THREADS = 4
VERSIONS, LANDMARK_BYTES = 8, 16 * 68 * 2 * 4  # of a clip after augmentation (paper section 4.1)


def check(
    path: Annotated[
        Path, typer.Argument(help="List (.csv, .tsv), folder <subject>/<label>/<video>, or configuration (.yaml).")
    ],
    label: Annotated[list[str] | None, typer.Option(help="Own word for a class, as anger=angry.")] = None,
    data_dir: Annotated[Path | None, typer.Option(help="Folder of a published set.")] = None,
    out: Annotated[Path | None, typer.Option(help="Also a table of all clips (.csv).")] = None,
) -> None:
    """Say what a run would use: people, classes, rejected clips with their reasons, faces, folds, time and disk.

    Reads every film's header, and searches a face in a few. Nothing is trained. Exit status 1 where a run would
    fail.

    For example:

    videofer check lists/mine.csv --label anger=angry --out checked.csv
    videofer check experiments/mmi.yaml --data-dir /data/MMI
    """
    words = [word.partition("=") for word in label or ()]
    if wrong := [word for word, equals, own in words if not (word and own)]:
        raise UserError(f"--label {wrong[0]} names no class: write your word and the class, as anger=angry.")
    config = read_config(path.expanduser(), {word: own for word, _, own in words}, data_dir)
    text, table, fails = check_study(config)
    sys.stdout.write(text)
    if out is not None:
        from videofer.core.artifacts import atomic_path  # numpy, which `--help` need not wait for

        with atomic_path(out) as temporary:
            table.to_csv(temporary, index=False, lineterminator="\n")
    raise typer.Exit(1 if fails else 0)


def read_config(path: Path, words: Mapping[str, str], data_dir: Path | None) -> dict:
    """Return the whole configuration for a list, a folder or a configuration file; raises UserError."""
    if not DEFAULTS.is_file():
        raise UserError(
            "videofer check needs the project's folder, whose config.yaml it completes: run it in a clone of the "
            "project, after `make setup`."
        )
    if not path.exists():
        raise UserError(f"{path} does not exist: give a list, a folder or a configuration file.")
    if path.suffix in (".yaml", ".yml", ".json"):
        changes, folder = read_overlay(path), paths_start(path)
    else:
        kind, folder = "folder" if path.is_dir() else "table", path.resolve().parent
        changes = {"name": "check", "dataset": {"kind": kind, "path": path.resolve().name}}
    config = overlay_defaults(changes, DEFAULTS, folder)
    if words:
        config = overlay_config(config, {"dataset": {"labels": words}})
    if data_dir is not None:
        config["data_dir"] = str(data_dir.expanduser())
    check_config(config)
    if config["dataset"]["kind"] == "rendered":
        raise UserError(f"{path} names no data set of its own: rendered faces are drawn by the run.")
    return config


def check_study(config: Mapping) -> tuple[str, "pd.DataFrame", bool]:
    """Return a text, a table of all clips, and whether a run would fail.

    The table has clip, video, subject, label, frames, fps, face (found, not found, or empty where none was searched
    for) and reason, why a clip cannot be used.
    """
    import pandas as pd

    found = scan_dataset(config, Path())
    rows, refused = read_headers(found, config)
    clips = {clip.clip: clip for clip in found.clips}
    seen, seconds = search_faces(rows, clips, config)
    used = {row["clip"] for row in rows}
    people = Counter(subject for subject, _ in {(row["subject"], row["label"]) for row in rows})  # -> classes
    lines = [f"{len(rows)} clips of {len(people)} people can be used, {len(refused)} cannot.", ""]
    if found.people:
        shown = [clip for clip in found.clips if clip.clip in used]
        lines += [*count_people(shown, config["dataset"]["classes"] or CLASSES, total=True), ""]
        single = sorted(name for name, classes in people.items() if classes == 1)
        lines += [f"With clips of one class alone: {', '.join(single)}."] * bool(single)
    if refused:
        lines.append("Cannot be used:")
        lines += [f"  {rejection.reason}" for rejection in refused[:SHOWN]]
        lines += [f"  and {len(refused) - SHOWN} more"] * (len(refused) > SHOWN)
    lines += [f"Left out on purpose: {number} of {why}." for why, number in sorted(found.left_out.items())]
    without = [row["video"] for row in rows if seen.get(row["clip"]) is False]
    lines.append(f"A face shows in the middle of {len(seen) - len(without)} of {len(seen)} clips looked into.")
    lines += [f"  none: {video}" for video in without]
    fault, folds = plan_folds(config, found, rows)
    lines.append(f"A run would fail: {fault}" if fault else f"Folds: {folds} ({config['folds']['protocol']}).")
    lines.append(estimate(rows, config, seconds))
    faces = {True: "found", False: "not found", None: ""}
    columns = ["clip", "video", "subject", "label", "frames", "fps"]
    listed = [[row[c] for c in columns] + [faces[seen.get(row["clip"])], ""] for row in rows]
    for rejection in refused:
        # A row that was rejected when it was listed may have the name of a clip that is used.
        nobody = Clip(rejection.clip, rejection.video, "", "")
        clip = nobody if rejection.clip in used else clips.get(rejection.clip, nobody)
        listed.append([rejection.clip, rejection.video, clip.subject, clip.label, None, None, "", rejection.reason])
    table = pd.DataFrame(listed, columns=[*columns, "face", "reason"]).astype({"frames": "Int64"}).round({"fps": 3})
    return "\n".join(lines) + "\n", table, bool(fault)


def read_headers(found: Scan, config: Mapping) -> tuple[list[dict], list]:
    """Return the manifest's rows of the clips that can be used, and the rejections of the others."""
    from videofer.video.index import VideoCache, sort_out
    from videofer.video.limits import Limits

    limits = Limits(config["video"]["timeout"], config["video"]["memory_mb"])
    with tempfile.TemporaryDirectory() as folder:
        return sort_out(found.clips, found.rejected, VideoCache(Path(folder, "videos.json"), ""), limits, THREADS)


def search_faces(rows: Sequence[dict], clips: Mapping[str, Clip], config: Mapping) -> tuple[dict[str, bool], float]:
    """Return of a few clips whether a face shows in the middle frame, and the seconds that a search takes."""
    from videofer.faces.search import load_detector
    from videofer.video.decode import read_frames
    from videofer.video.pictures import is_sequence, read_pictures

    settings = config["faces"]
    detect = load_detector(settings["detector"], settings["upsample"], settings["smallest"])
    seen, spent = {}, 0.0
    for row in rows[:: max(1, -(-len(rows) // LOOKED_INTO))]:
        first, last = row["start"] or 0, row["end"] if row["end"] is not None else row["frames"] - 1
        middle, turn = (first + last) // 2, clips[row["clip"]].rotation or 0
        part = {"turn": turn, "start": middle, "end": middle, "half": row["half"]}
        part["max_height"] = config["video"]["max_height"]
        try:
            read = read_pictures if is_sequence(row["video"]) else read_frames
            frames, _ = read(row["video"], **part)
        except RejectedClip:  # that one frame is damaged
            seen[row["clip"]] = False
            continue
        before = time.perf_counter()
        seen[row["clip"]] = bool(detect(frames[0]))
        spent += time.perf_counter() - before
    return seen, spent / max(1, len(seen))


def plan_folds(config: Mapping, found: Scan, rows: Sequence[dict]) -> tuple[str | None, int]:
    """Return why the folds cannot be made of the clips that can be used, or None, and their number."""
    used = {row["clip"] for row in rows}
    left = Scan(
        [clip for clip in found.clips if clip.clip in used], [], found.left_out, found.official, found.people
    )
    try:
        check_plan(config, left)
        people = sorted({clip.subject for clip in left.clips})
        return None, count_folds(config["folds"], people, found.official, found.people)
    except UserError as error:
        return str(error), 0


def estimate(rows: Sequence[dict], config: Mapping, seconds: float) -> str:
    """Return how long the faces take to be found, and the disk that clips and their versions take."""
    clips, spans = config["clips"], [row["frames"] if row["end"] is None else row["end"] + 1 for row in rows]
    frames = sum(span - (row["start"] or 0) for span, row in zip(spans, rows, strict=True))
    minutes = frames / config["faces"]["every"] * seconds / 60
    side, margin = clips["size"], clips["size"] + 2 * clips["margin"]
    size = clips["length"] * (margin**2 + VERSIONS * side**2) + (1 + VERSIONS) * LANDMARK_BYTES
    megabytes = 2 * len(rows) * size / 1e6  # a file each, and all in one
    return (
        f"Faces in {frames} frames take about {max(0.1, minutes):.1f} min of one core; clips and their versions "
        f"{megabytes:.1f} MB. Training takes longer: see docs/results."
    )
