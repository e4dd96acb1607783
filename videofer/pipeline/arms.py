"""Arms: the study once more with one thing changed, for the additions that `extras` of the config asks for.

leakage: clips split without regard to people; learning-curve: fewer training subjects; readings: each open question
of the paper answered otherwise. An arm is compared with the main study, its first seed. Imports nothing heavy: the
Snakefile calls `list_arms` while it is parsed.
"""

import copy
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from videofer.core.errors import UserError
from videofer.core.study import FULL_VARIANT, MARGIN_VARIANT, OWN_MODEL
from videofer.pipeline.config import list_alternatives

# What a reading of the clips makes anew, in the order of the steps; all else is shared with the main study.
MAKES = {
    "track": ("faces", "clips", "augmented"),
    "peak": ("clips", "augmented"),
    "corners": ("augmented",),
}
SMALLEST_CURVE = 2  # training subjects
LARGEST_SHARE = 0.9  # of the training subjects that an even split leaves: parts differ in size


@dataclass(frozen=True)
class Arm:
    """One changed study: its settings in full, the variant it trains, and which artifacts it makes for itself."""

    extra: str
    name: str
    variant: str
    config: Mapping
    makes: tuple[str, ...] = ()


def list_arms(config: Mapping, schema: Mapping, people: int, annotated: bool) -> dict[tuple[str, str], Arm]:
    """Return (extra, name) -> arm for the additions that the config asks for.

    schema: of the config, whose enums and examples are the alternatives of a reading; people: number of subjects;
    annotated: whether the data set names the apex of its clips. Raises UserError if a variant that an arm is
    compared with is not trained.
    """
    makers = {
        "leakage": lambda: _leaky_arms(config),
        "learning-curve": lambda: _smaller_arms(config, people),
        "readings": lambda: _reading_arms(config, schema, annotated),
    }
    arms = {(extra, arm.name): arm for extra in config["extras"] for arm in makers[extra]()}
    absent = {arm.variant for arm in arms.values()} - set(config["models"][OWN_MODEL]["variants"])
    if absent:
        where = f"models.{OWN_MODEL}.variants"
        raise UserError(f"config: extras needs the variant {absent.pop()}: add it to {where}, or empty extras.")
    return arms


def _leaky_arms(config: Mapping) -> Iterator[Arm]:
    for name in ("random-clips", "random-copies"):
        yield Arm("leakage", name, FULL_VARIANT, config, ("folds",))


def _smaller_arms(config: Mapping, people: int) -> Iterator[Arm]:
    folds = config["folds"]
    if folds["protocol"] != "subjects" or folds["train_subjects"] is not None:
        raise UserError("config: the learning curve needs folds.protocol: subjects and no folds.train_subjects.")
    most = LARGEST_SHARE * people * (folds["count"] - 2) / folds["count"]
    count = SMALLEST_CURVE
    if count > most:
        raise UserError(f"config: {people} subjects in {folds['count']} folds are too few for a learning curve.")
    while count <= most:
        yield Arm(
            "learning-curve", f"{count}-subjects", FULL_VARIANT,
            _changed(config, ("folds", "train_subjects"), count), ("folds",),
        )  # fmt: skip
        count *= 2


def _reading_arms(config: Mapping, schema: Mapping, annotated: bool) -> Iterator[Arm]:
    for group, key, choice in list_alternatives(config["readings"], schema):
        if choice == "annotated" and not annotated:
            continue
        variant = MARGIN_VARIANT if key.startswith("sequence_margin") else FULL_VARIANT
        changed = _changed(config, ("readings", group, key), choice)
        yield Arm("readings", f"{group}.{key}={str(choice).lower()}", variant, changed, MAKES.get(key, ()))


def _changed(config: Mapping, path: Sequence[str], value: object) -> dict:
    """Return a copy of the config with the value at `path` replaced."""
    changed = copy.deepcopy(dict(config))
    section = changed
    for key in path[:-1]:
        section = section[key]
    section[path[-1]] = value
    return changed
