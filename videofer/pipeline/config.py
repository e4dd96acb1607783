"""The experiment's configuration: checked, alone and against the clips, before anything runs."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from difflib import get_close_matches
from functools import cache
from math import isfinite
from pathlib import Path

import yaml
from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError, best_match
from jsonschema.validators import extend

from videofer.core.clip import Clip, Scan
from videofer.core.errors import UserError
from videofer.core.study import CLASSES, OWN_MODEL, RANDOM_PROTOCOLS

# JSON calls 16.0 an integer and has no nan; Python can count to neither.
NUMBERS = {
    "integer": lambda _, value: isinstance(value, int) and not isinstance(value, bool),
    "number": lambda _, value: isinstance(value, int | float) and not isinstance(value, bool) and isfinite(value),
}
CHECKER = Draft202012Validator.TYPE_CHECKER.redefine_many(NUMBERS)
Validator = extend(Draft202012Validator, type_checker=CHECKER)
OWN_SPLITS = ("given", "official", *RANDOM_PROTOCOLS)  # whose folds do not follow from the people alone
SCHEMA = Path(__file__).resolve().parents[2] / "workflow" / "schemas" / "config.schema.yaml"


def check_config(config: Mapping, schema: Path = SCHEMA) -> None:
    """Raise UserError, in one sentence that names the key, if `config` does not follow the schema."""
    _check_keys(config, ())
    error = best_match(list_errors(config, schema))
    if error is not None:
        raise UserError(f"config: {explain(error, config)}")


def list_errors(config: Mapping, schema: Path = SCHEMA) -> Iterator[ValidationError]:
    """Yield where and how `config` does not follow the schema."""
    return Validator(read_schema(schema)).iter_errors(config)


@cache
def read_schema(schema: Path = SCHEMA) -> dict:
    """Return the schema of the configuration, read once."""
    return yaml.safe_load(schema.read_text(encoding="utf-8"))


def _check_keys(section: Mapping, where: tuple[str, ...]) -> None:
    """Raise UserError for a key that is no text, such as the number 3 or the word `no` of YAML."""
    for key, value in section.items():
        if not isinstance(key, str):
            place = f" of {'.'.join(where)}" if where else ""
            raise UserError(f"config: the key {key!r}{place} is no text: put it in quotes.")
        if isinstance(value, Mapping):
            _check_keys(value, (*where, key))


def trained_models(config: Mapping) -> dict[str, Mapping]:
    """Return the section of each model that is trained, the study's own first; null leaves one out."""
    sections = {name: section for name, section in config["models"].items() if section is not None}
    return {OWN_MODEL: sections.pop(OWN_MODEL)} | sections


def model_settings(config: Mapping, model: str) -> dict:
    """Return all that a training job of `model` needs: its options, its schedule and the device.

    options: its section without variants and training, and for the study's own model the paper's readings, in whose
    place a section's own `readings` come; schedule: the common training with what the section has instead.
    """
    section = config["models"][model]
    options = {key: value for key, value in section.items() if key not in ("variants", "training")}
    if model == OWN_MODEL or "readings" in section:
        own = section.get("readings", {})
        options["readings"] = {g: config["readings"][g] | own.get(g, {}) for g in ("model", "loss")}
    schedule = config["training"] | section.get("training", {})
    return {"options": options, "device": schedule.pop("device"), "schedule": schedule}


def explain(error: ValidationError, config: Mapping) -> str:
    """Say in one sentence what is wrong where, and what would be right."""
    where = ".".join(str(part) for part in error.absolute_path)
    if error.validator == "additionalProperties":
        known = list(error.schema.get("properties", {})) or list(error.schema.get("patternProperties", {}))
        unknown = next(key for key in error.instance if key not in known)
        own = f"{where}.{unknown}" if where else unknown
        elsewhere = [key for key in _list_keys(config) if key.rpartition(".")[2] == unknown and key != own]
        close = elsewhere[:3] or get_close_matches(unknown, known, n=1)
        hint = f"did you mean {' or '.join(map(repr, close))}?" if close else f"the keys are {', '.join(known)}."
        if "." in unknown:
            nested = "..."
            for part in reversed(unknown.split(".")):
                nested = f"{{{part}: {nested}}}"
            hint = f"sections are nested, as in {nested[1:-1]}."
        return f"'{unknown}' is not a key{f' of {where}' if where else ''}: {hint}"
    description = error.schema.get("description")
    said = f"{where or 'the file'}: {error.message}{f' ({description})' if description else ''}"
    if error.validator == "type" and "string" in error.validator_value and error.instance is not None:
        key = where.rpartition(".")[2]
        said += f': for text, put it in quotes: {key}: "..." in a file, --config \'{key}="..."\' in a shell.'
    return said


def _list_keys(section: Mapping, before: str = "") -> Iterator[str]:
    """Yield every key of a section and those below it, with dots."""
    for key, value in section.items():
        yield before + key
        if isinstance(value, Mapping):
            yield from _list_keys(value, f"{before}{key}.")


def list_alternatives(readings: Mapping, schema: Mapping) -> Iterator[tuple[str, str, object]]:
    """Yield (group, key, value) for every value of a reading that the schema names and the config does not take."""
    for group, choices in readings.items():
        described = schema["properties"]["readings"]["properties"][group]["properties"]
        for key, chosen in choices.items():
            values = [False, True] if described[key].get("type") == "boolean" else []
            for value in values or described[key].get("enum") or described[key].get("examples", []):
                if value != chosen:
                    yield group, key, value


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
            f"set dataset.classes to [{', '.join(name for name in CLASSES if name in there)}]."
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
