"""Which clips a published set, an own list or folder has: known from names and lists, before anything is decoded.

The Snakefile calls `scan_dataset` while it is parsed, so that nothing heavy is imported.
"""

import contextlib
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from videofer.core.clip import Scan
from videofer.core.errors import UserError
from videofer.core.study import CLASSES
from videofer.datasets.adapter import DataSet, Found, label_map, name_clips, reject_unfit
from videofer.datasets.own import scan_folder, scan_table
from videofer.datasets.registry import ADAPTERS, KINDS, load_adapter, load_kind


@contextlib.contextmanager
def unreadable_named() -> Iterator[None]:
    """Turn the OSError of a folder or file that cannot be read, or a package that is missing, into a UserError."""
    try:
        yield
    except ModuleNotFoundError as error:  # plain Snakemake brings no Pillow to tell animations, no reader of .xlsx
        package = "pillow" if error.name == "PIL" else error.name
        raise UserError(
            f"This data set cannot be listed without the package {package}: pip install {package} beside Snakemake."
        ) from None
    except OSError as error:
        raise UserError(
            f"{error.filename} cannot be read ({error.strerror}): see to its permissions (chmod -R u+rX) or disk."
        ) from None


@unreadable_named()
def scan_dataset(config: Mapping, root: Path) -> Scan:
    """List the clips of the data set that `config` describes; relative paths in it start from `root`.

    Reads lists, labels and folders only: no video is opened. Raises UserError if there is nothing to work on.
    """
    section = config["dataset"]
    kind = section["kind"]
    if kind not in KINDS:
        raise UserError(f"config: dataset.kind is {kind!r}, but only {', '.join(KINDS)} exist.")
    scans = {"table": scan_table, "folder": scan_folder, "cross": scan_cross} | dict.fromkeys(
        ADAPTERS, scan_published
    )
    found = reject_unfit((scans.get(kind) or load_kind(kind).scan)(config, root))
    classes = section.get("classes") or CLASSES
    left_out = Counter(found.left_out)
    left_out.update(f"'{clip.label}', not in dataset.classes" for clip in found.clips if clip.label not in classes)
    found = replace(found, clips=[clip for clip in found.clips if clip.label in classes], left_out=left_out)
    if not found.clips:
        path = config.get("data_dir") if kind in ADAPTERS else section.get("path")
        why = [f" The first of them: {found.rejected[0].reason}"] if found.rejected else []
        why += [f" Left out: {number} of {reason}." for reason, number in left_out.items()]
        raise UserError(f"No clip is left of the {len(found.rejected)} in {path}.{''.join(why)}")
    return found


def scan_published(config: Mapping, root: Path) -> Scan:
    """List the clips of a published set, whose folder is config["data_dir"]; see `scan_dataset`."""
    section = config["dataset"]
    kind = section["kind"]
    if not config.get("data_dir"):
        raise UserError(f"config: data_dir is missing: say where {kind} lies by --config data_dir=FOLDER.")
    folder = root / Path(config["data_dir"]).expanduser()
    dataset, subset, found = read_tree(kind, folder, section.get("subset"))
    if not found.clips and not found.rejected:
        if found.left_out:
            why = ", ".join(f"{number} of {reason}" for reason, number in found.left_out.items())
            raise UserError(f"{folder} holds no clip of {dataset.title}, subset {subset}; left out: {why}.")
        raise UserError(
            f"{folder} does not look like {dataset.title}, which holds {dataset.layout}: "
            f"python -m videofer datasets check {kind} FOLDER says more."
        )
    labels = section.get("labels") or {}
    own = {word.casefold() for word in dataset.labels}
    if unknown := [word for word in labels if word.strip().casefold() not in own]:
        raise UserError(
            f"config: dataset.labels maps {unknown[0]!r}, which is no word of {dataset.title}: it has "
            f"{', '.join(dataset.labels)}."
        )
    found = found.sort_labels(label_map({**dataset.labels, **labels}))
    names = name_clips([(clip.clip, clip.video, "") for clip in found.clips])
    subjects = [clip.subject for clip in found.clips] if dataset.people else names
    named = zip(found.clips, names, subjects, strict=True)
    clips = [replace(clip, clip=name, subject=subject) for clip, name, subject in named]
    return replace(found, clips=clips, official=dataset.official, people=dataset.people)


def read_tree(kind: str, folder: Path, subset: str | None) -> tuple[DataSet, str, Found]:
    """Read the tree of a published set: its facts, the subset's name (by default the first), and what was found.

    The clips' labels are the set's own words. Raises UserError if the subset or the folder does not exist.
    """
    dataset = load_adapter(kind)
    chosen, names = subset or next(iter(dataset.subsets)), ", ".join(dataset.subsets)
    if chosen not in dataset.subsets:
        raise UserError(f"config: dataset.subset is {subset!r}, but {dataset.title} has {names}: choose one.")
    if not folder.is_dir():
        raise UserError(f"The folder {folder} does not exist: give the folder of {dataset.title} as data_dir.")
    found = Found([], [])
    dataset.read(folder, chosen, found)
    return dataset, chosen, found


def scan_cross(config: Mapping, root: Path) -> Scan:
    """List the clips of every set in dataset.sets; a clip's part is the name of its set, which precedes its own.

    Raises UserError for fewer than two sets, for a set that is not on the disk, and for a set that does not name
    its subjects: nobody could keep its people apart.
    """
    sets = config["dataset"].get("sets") or {}
    if len(sets) < 2:
        raise UserError("config: dataset.sets names fewer than two data sets: kind cross compares several.")
    clips, rejected, left_out = [], [], Counter()
    for name, section in sets.items():
        kind = section["kind"]
        if kind not in ("table", "folder", *ADAPTERS):
            raise UserError(f"config: dataset.sets.{name}.kind is {kind}: name a set that lies on the disk.")
        inner = section | {"classes": config["dataset"].get("classes")}
        found = scan_dataset({**config, "dataset": inner, "data_dir": section.get("data_dir")}, root)
        if not found.people:
            raise UserError(
                f"config: dataset.sets.{name} is {kind}, which does not say who is who, so that nobody can be kept "
                "out of training: leave it out."
            )
        for clip in found.clips:
            clips.append(replace(clip, clip=f"{name}-{clip.clip}", subject=f"{name}/{clip.subject}", part=name))
        rejected += [replace(rejection, clip=f"{name}-{rejection.clip}") for rejection in found.rejected]
        left_out += Counter({f"{why} ({name})": number for why, number in found.left_out.items()})
    return Scan(clips, rejected, left_out)
