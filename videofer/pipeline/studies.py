"""Studies: the chain of rules under one configuration, and under each overlay that its `extras` ask for.

The main study is the configuration itself. Each other study changes some of its settings and is compared with it;
what the change does not reach is shared, not computed again. Imports nothing heavy: the Snakefile calls
`list_studies` while it is parsed.
"""

import copy
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from videofer.core.errors import UserError
from videofer.core.study import FULL_VARIANT, MARGIN_VARIANT, OWN_MODEL, RANDOM_PROTOCOLS
from videofer.pipeline.config import list_alternatives

# Artifact of the chain -> the settings that it is made by, and the artifact that it is made from. Trainings are
# always a study's own. Folds are cut anew only where `folds` changes: studies are compared on the same split.
ARTIFACTS = {
    "faces": (("video", "faces", "readings.clips.track"), None),
    "clips": (("clips", "readings.clips.peak"), "faces"),
    "augmented": (("readings.clips.corners",), "clips"),
    "folds": (("folds",), None),
}
CROSS = "cross"  # the extra that trains on each set of a cross-data study alone
SMALLEST_CURVE = 2  # training subjects
LARGEST_SHARE = 0.9  # of the training subjects that an even split leaves: parts differ in size


@dataclass(frozen=True)
class Study:
    """One study: its folder below results/, its whole configuration, and the main study it is compared with."""

    name: str
    config: Mapping
    main: "Study | None" = None
    extra: str = ""
    title: str = ""

    def makes(self, artifact: str) -> bool:
        """Tell whether this study makes an artifact of its own instead of using the main study's."""
        if self.main is None:
            return True
        keys, source = ARTIFACTS[artifact]
        changed = any(find_setting(self.config, key) != find_setting(self.main.config, key) for key in keys)
        return changed or (source is not None and self.makes(source))

    def holder(self, artifact: str) -> "Study":
        """Return the study whose artifact this one uses: itself or the main study."""
        return self if self.makes(artifact) else self.main


def find_setting(config: Mapping, key: str) -> object:
    """Return the value of a dotted key."""
    for part in key.split("."):
        config = config[part]
    return config


def overlay_config(config: Mapping, changes: Mapping) -> dict:
    """Return a copy of the configuration with `changes` merged in at every depth; lists and values are replaced."""
    merged = copy.deepcopy(dict(config))
    for key, value in changes.items():
        both = isinstance(value, Mapping) and isinstance(merged.get(key), Mapping)
        merged[key] = overlay_config(merged[key], value) if both else copy.deepcopy(value)
    return merged


def list_studies(config: Mapping, schema: Mapping, people: int, folds: int, annotated: bool) -> dict[str, Study]:
    """Return the main study and those that its `extras` ask for, by name.

    schema: of the configuration, whose enums and examples are the alternatives of a reading; people, folds: numbers
    of subjects and folds; annotated: whether the data set states the apex of its clips. Raises UserError for an
    extra that this configuration does not allow, or whose variant the main study does not train.
    """
    main = Study(config["name"], config)
    overlays = {
        "leakage": lambda: _split_carelessly(config, folds),
        "learning-curve": lambda: _leave_subjects_out(config, people),
        "readings": lambda: _read_otherwise(config, schema, annotated),
        CROSS: lambda: _train_on_each_set(config),
    }
    studies = {main.name: main}
    for extra in config["extras"]:
        for title, changes in overlays[extra]():
            changed = overlay_config(config, changes)
            absent = set(changed["models"][OWN_MODEL]["variants"]) - set(config["models"][OWN_MODEL]["variants"])
            if absent:
                raise UserError(
                    f"config: extras needs the variant {absent.pop()}: add it to models.{OWN_MODEL}.variants, or "
                    "empty extras."
                )
            name = f"{main.name}/studies/{extra}/{title}"
            studies[name] = Study(name, changed, main, extra, title)
    return studies


def train_only(config: Mapping, variant: str) -> dict:
    """Return the overlay that trains one variant of the paper's model alone, with every seed."""
    others = dict.fromkeys(name for name in config["models"] if name != OWN_MODEL)
    return {"models": others | {OWN_MODEL: {"variants": [variant]}}}


def _split_carelessly(config: Mapping, folds: int) -> Iterator[tuple[str, dict]]:
    for protocol in RANDOM_PROTOCOLS:
        changes = {"protocol": protocol, "count": folds, "train_subjects": None, "train_set": None}
        yield protocol, train_only(config, FULL_VARIANT) | {"folds": changes}


def _leave_subjects_out(config: Mapping, people: int) -> Iterator[tuple[str, dict]]:
    folds = config["folds"]
    if folds["protocol"] != "subjects" or folds["train_subjects"] is not None:
        raise UserError("config: the learning curve needs folds.protocol: subjects and no folds.train_subjects.")
    most = LARGEST_SHARE * people * (folds["count"] - 2) / folds["count"]
    count = SMALLEST_CURVE
    if count > most:
        raise UserError(f"config: {people} subjects in {folds['count']} folds are too few for a learning curve.")
    while count <= most:
        yield f"{count}-subjects", train_only(config, FULL_VARIANT) | {"folds": {"train_subjects": count}}
        count *= 2


def _read_otherwise(config: Mapping, schema: Mapping, annotated: bool) -> Iterator[tuple[str, dict]]:
    for group, key, value in list_alternatives(config["readings"], schema):
        if value == "annotated" and not annotated:
            continue
        variant = MARGIN_VARIANT if key.startswith("sequence_margin") else FULL_VARIANT
        title = f"{group}.{key}={str(value).lower()}"
        yield title, train_only(config, variant) | {"readings": {group: {key: value}}}


def _train_on_each_set(config: Mapping) -> Iterator[tuple[str, dict]]:
    if config["dataset"]["kind"] != "cross" or config["folds"]["protocol"] != "sets":
        raise UserError("config: the extra cross needs dataset.kind: cross and folds.protocol: sets.")
    for name in config["dataset"]["sets"]:
        yield name, {"folds": {"train_set": name}}
