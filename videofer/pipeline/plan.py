"""Whether an experiment can succeed at all: settings and clips together, checked before any job starts."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence

from videofer.core.clip import Clip, Scan
from videofer.core.errors import UserError
from videofer.core.study import CLASSES, RANDOM_PROTOCOLS

OWN_SPLITS = ("given", "official", *RANDOM_PROTOCOLS)  # whose folds do not follow from the people alone


def check_plan(config: Mapping, scan: Scan) -> None:
    """Raise UserError, in one sentence that names the key, for settings that contradict each other or the clips.

    What depends on the content of the videos shows only later, and in rejected.tsv.
    """
    most = config["video"]["max_frames"]
    for section in ("video", "clips"):
        least = config[section]["min_frames"]
        if least > most:
            raise UserError(
                f"config: {section}.min_frames is {least} and video.max_frames {most}, so that every clip would be "
                "rejected: lower the one or raise the other."
            )
    there = {clip.label for clip in scan.clips}
    missing = [name for name in config["dataset"].get("classes") or CLASSES if name not in there]
    if missing:
        raise UserError(
            f"config: dataset.classes names {', '.join(missing)}, of which the data set has no clip: add one, or "
            "take the class out of dataset.classes."
        )
    protocol = config["folds"]["protocol"]
    if protocol not in OWN_SPLITS and scan.people:
        groups = defaultdict(list)  # the clips among which folds are cut: all, or those of each set
        for clip in scan.clips:
            groups[clip.part if protocol == "sets" else None].append(clip)
        for name, clips in groups.items():
            _check_people(config["folds"], clips, f" of the set {name}" if name else "")


def _check_people(folds: Mapping, clips: Sequence[Clip], of: str) -> None:
    people, alone = {clip.subject for clip in clips}, folds["protocol"] == "leave-one-subject-out"
    needed = 3 if alone else folds["count"]
    key = "protocol is leave-one-subject-out" if alone else f"count is {needed}"
    if len(people) < needed:
        raise UserError(
            f"config: folds.{key}, which needs {needed} subjects, but the clips{of} show {len(people)}: "
            + ("add people." if alone else "lower it or add people.")
        )
    most = max(Counter(clip.label for clip in clips).values())
    if not alone and most < needed:
        raise UserError(
            f"config: folds.{key}, but the most frequent class{of} has {most} clips: lower it or add clips."
        )
    wanted = folds["train_subjects"]
    if wanted is not None and wanted > len(people) - 2:
        raise UserError(
            f"config: folds.train_subjects is {wanted}, but of the {len(people)} subjects{of} one tests and one "
            "validates: lower it."
        )
    shown = defaultdict(set)
    for clip in clips:
        shown[clip.label].add(clip.subject)
    for label, by in shown.items():
        if len(by) == 1:
            raise UserError(
                f"config: dataset.classes holds {label}, which only {min(by)} shows{of}, so that no fold could "
                "both train and test it: add clips of other people, or take the class out of dataset.classes."
            )
