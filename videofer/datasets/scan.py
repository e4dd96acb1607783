"""Which clips a data set has: known from file names and lists alone, before anything is decoded.

The Snakefile calls `scan_dataset` while it is parsed; nothing heavy is imported.
"""

import importlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from videofer.core.clip import Clip, Scan
from videofer.core.errors import UserError
from videofer.core.study import CLASSES
from videofer.datasets import cross
from videofer.datasets.adapter import DataSet, Found, choose_subset, unreadable_named
from videofer.datasets.naming import explain_left_out, label_map, name_clips, refuse_unfit
from videofer.datasets.registry import ADAPTERS, load_adapter

OWN = ("table", "folder")
KINDS = ("rendered", *OWN, "cross", *ADAPTERS)


@unreadable_named()
def scan_dataset(config: Mapping, root: Path) -> Scan:
    """List the clips of the data set that `config` describes; relative paths in it start from `root`.

    Reads lists, labels and folders only: no video is opened. Raises UserError if there is nothing to work on.
    """
    section = config["dataset"]
    kind = section["kind"]
    if kind not in KINDS:
        raise UserError(f"config: dataset.kind is {kind!r}, but only {', '.join(KINDS)} exist.")
    if kind == "rendered":
        return _keep_classes(_scan_rendered(config), section.get("classes") or CLASSES)
    if kind == "cross":
        return refuse_unfit(cross.scan(config, lambda one: scan_dataset(one, root)))
    if kind in OWN:
        if not section.get("path"):
            raise UserError(f"config: dataset.path is missing: kind {kind} needs its list or folder there.")
        place = section["path"]
        for word in section.get("labels") or {}:
            if isinstance(word, bool) or word is None:
                raise UserError(
                    f"config: dataset.labels has the word {word}: quote what YAML reads so, such as no."
                )
        found = importlib.import_module(f"videofer.datasets.{kind}").scan(section, Path(root))
    else:
        place = config.get("data_dir")
        found = _scan_named(kind, section, place, Path(root))
    found = _keep_classes(refuse_unfit(found), section.get("classes") or CLASSES)
    if not found.clips:
        told = [f" The first of them: {found.rejected[0].reason}"] if found.rejected else []
        told += [f" Left out: {number} of {why}." for why, number in found.left_out.items()]
        raise UserError(f"No clip is left of the {len(found.rejected)} in {place}.{''.join(told)}")
    return found


@unreadable_named()
def read_tree(kind: str, folder: Path, subset: str | None) -> tuple[DataSet, str, Found]:
    """Read the tree of a registered data set: its facts, the subset's name, and what was found.

    The clips' labels are the set's own words. Raises UserError if the folder does not exist.
    """
    dataset = load_adapter(kind)
    chosen = choose_subset(dataset, subset)
    if not folder.is_dir():
        raise UserError(f"The folder {folder} does not exist: give the folder of {dataset.title} as data_dir.")
    return dataset, chosen, dataset.read(folder, chosen)


def sort_labels(
    dataset: DataSet, found: Found, labels: Mapping[str, str | None]
) -> tuple[list[Clip], Counter[str]]:
    """Map own words to classes: the clips of the six classes, and why -> number of those left out.

    labels: what the config says instead of the adapter. Raises UserError for a word that the set does not have.
    """
    own = {word.casefold() for word in dataset.labels}
    for word in labels:
        if str(word).strip().casefold() not in own:
            raise UserError(
                f"config: dataset.labels maps {word!r}, which is no word of {dataset.title}: it has "
                f"{', '.join(dataset.labels)}."
            )
    words = label_map({**dataset.labels, **labels})
    clips, left_out = [], Counter(found.left_out)
    for clip in found.clips:
        label = words.get(clip.label.casefold())
        if label is None:
            left_out[explain_left_out(clip.label)] += 1
        else:
            clips.append(replace(clip, label=label))
    return clips, left_out


def _keep_classes(found: Scan, classes: Sequence[str]) -> Scan:
    """Leave the clips of other classes out."""
    kept = [clip for clip in found.clips if clip.label in classes]
    others = Counter(clip.label for clip in found.clips if clip.label not in classes)
    left_out = Counter(found.left_out) + Counter(
        {f"'{label}', not in dataset.classes": n for label, n in others.items()}
    )
    return replace(found, clips=kept, left_out=left_out)


def _scan_named(kind: str, section: Mapping, place: str | None, root: Path) -> Scan:
    if not place:
        raise UserError(f"config: data_dir is missing: say where {kind} lies by --config data_dir=FOLDER.")
    folder = root / Path(place).expanduser()
    dataset, subset, found = read_tree(kind, folder, section.get("subset"))
    if not found.clips and not found.rejected:
        if found.left_out:
            told = ", ".join(f"{number} of {why}" for why, number in found.left_out.items())
            raise UserError(f"{folder} holds no clip of {dataset.title}, subset {subset}; left out: {told}.")
        raise UserError(
            f"{folder} does not look like {dataset.title}, which holds {dataset.layout}: "
            f"python -m videofer datasets check {kind} FOLDER tells more."
        )
    clips, left_out = sort_labels(dataset, found, section.get("labels") or {})
    names = name_clips([(clip.clip, clip.video, "") for clip in clips])
    named = [
        replace(clip, clip=name, subject=clip.subject if dataset.people else name)
        for clip, name in zip(clips, names, strict=True)
    ]
    return Scan(named, found.rejected, left_out, dataset.official, dataset.people)


def _scan_rendered(config: Mapping) -> Scan:
    from videofer.datasets.rendered.clip_list import list_clips

    section = config["rendered"]
    listed = list_clips(section["subjects"], section["seed"], section.get("clips_per_class"))
    folder = Path("results") / config["name"] / "videos"
    return Scan([Clip(c.clip, f"{folder / c.clip}.avi", c.subject, c.label) for c in listed], [])
