"""Configuration files and the words after --config: read strictly, and what paths and numbers in them mean."""

import argparse
import contextlib
import errno
import json
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

import yaml

from videofer.core.errors import UserError, explain
from videofer.pipeline.config import list_errors
from videofer.pipeline.studies import overlay_config

# The sections and keys that hold a path; beside them, those of each of dataset.sets.
PATHS = (((), "data_dir"), (("dataset",), "path"), (("folds",), "path"), (("faces",), "landmark_model"))
SET_PATHS = ("path", "data_dir")
NAMES = {"landmark_model": ("videofer", "dlib")}  # values that are no paths


def shorten(path: str | Path) -> str:
    """Return a path as it is seen from the working directory if it lies below, else absolute.

    A project that is moved or copied with its results keeps its paths, and so its results.
    """
    path = Path(os.path.normpath(Path.cwd() / path))  # links stay as they are
    return str(path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path)


def read_overlay(path: str | Path) -> dict:
    """Return the keys of a configuration file, YAML or JSON; raises UserError, also for a key that stands twice."""
    try:
        text = Path(path).read_text(encoding="utf-8-sig")
    except OSError as error:
        raise UserError(f"config: {path} cannot be read ({error.strerror}): correct its name or place.") from None
    except UnicodeDecodeError:
        raise UserError(f"config: {path} is not UTF-8: save it again as UTF-8.") from None
    try:
        content = json.loads(text)  # may hold tabs, which YAML refuses
    except ValueError:
        try:
            for key, line in _list_twice(yaml.compose(text)):
                raise UserError(f"config: {path}, line {line}: the key '{key}' was given before: keep one.")
            content = yaml.safe_load(text)
        except yaml.MarkedYAMLError as error:
            place, why = f"{path}, line {error.problem_mark.line + 1}", error.problem
            raise UserError(f"config: {place}: {why}: indent with blanks, no tabs, and quote odd text.") from None
        except (yaml.YAMLError, ValueError) as error:  # control characters; a date such as 2026-02-31
            raise UserError(f"config: {path} is not YAML ({error}): write it again.") from None
    if not isinstance(content, dict):
        raise UserError(f"config: {path} holds no `key: value` lines: write some, or leave the file out.")
    return content


def _list_twice(node: yaml.Node | None) -> Iterator[tuple[str, int]]:
    """Yield (key, line) of keys that their section already has; YAML itself would take the last."""
    if isinstance(node, yaml.MappingNode):
        seen = set()
        for key, value in node.value:
            if isinstance(key, yaml.ScalarNode) and key.value in seen:
                yield key.value, key.start_mark.line + 1
            seen.add(key.value if isinstance(key, yaml.ScalarNode) else None)
            yield from _list_twice(value)
    elif isinstance(node, yaml.SequenceNode):
        for value in node.value:
            yield from _list_twice(value)


def complete_config(config: dict, files: Sequence[str | Path], words: Mapping) -> None:
    """Give the configuration that Snakemake merged its types and places.

    files: the configuration files in Snakemake's order, the Snakefile's own last, though it is merged first; words:
    what stands after --config. A relative path starts from the folder of the file that names it (if that is called
    config, from the one above), on the command line from the working directory. Raises UserError as `read_overlay`.
    """
    typed = _type_words(config, words)
    config |= overlay_config(config, typed)
    for file in [*files[-1:], *files[:-1]]:
        _place_paths(config, read_overlay(file), paths_start(file))
    _place_paths(config, typed, Path.cwd())


def paths_start(file: str | Path) -> Path:
    """Return the folder from which relative paths in a configuration file start."""
    folder = Path(file).parent.resolve()
    # config/ is where Snakemake's users keep the configuration of the folder above.
    return folder.parent if folder.name == "config" else folder


def overlay_defaults(keys: Mapping, defaults: Path, folder: Path) -> dict:
    """Return the whole configuration: the file of the defaults, changed by `keys`.

    Their relative paths start from `folder`. Raises UserError as `read_overlay`.
    """
    config = read_overlay(defaults)
    _place_paths(config, config, defaults.parent)
    config = overlay_config(config, keys)
    _place_paths(config, keys, folder)
    return config


def _place_paths(config: dict, overlay: Mapping, folder: Path) -> None:
    sets = [("dataset", "sets", name) for name in _section(overlay, ("dataset", "sets"))]
    for names, key in [*PATHS, *((names, key) for names in sets for key in SET_PATHS)]:
        named, target = _section(overlay, names), _section(config, names)
        if key in named:
            value = named[key]
            placed = isinstance(value, str) and value not in NAMES.get(key, ())
            target[key] = shorten(folder / Path(value).expanduser()) if placed else value


def _section(config: object, names: Iterable[str]) -> dict:
    """Return a section, empty if there is none."""
    for name in names:
        config = config.get(name) if isinstance(config, dict) else None
    return config if isinstance(config, dict) else {}


def _type_words(config: dict, words: Mapping) -> dict:
    """Return `words` with types: to Snakemake, the 1 of --config 'training={epochs: 1}' is text.

    Text stays where the schema allows it, but for null.
    """
    wrong = [place for error in list_errors(config) if (place := tuple(error.absolute_path))]

    def read(value: object, *place: str | int) -> object:
        if isinstance(value, Mapping):
            return {key: read(inner, *place, key) for key, inner in value.items()}
        if isinstance(value, list):
            return [read(inner, *place, number) for number, inner in enumerate(value)]
        if value == "null":
            return None
        if isinstance(value, str) and any(place[: len(error)] == error for error in wrong):
            for parse in (json.loads, yaml.safe_load):  # 1e-3 is a number to the first alone
                with contextlib.suppress(ValueError, yaml.YAMLError):
                    return parse(value)
        return value

    return read(words)


def read_command(arguments: Sequence[str]) -> tuple[argparse.Namespace, list[str]]:
    """Return some of the arguments of Snakemake (configfile, config, directory, snakefile), and the rest."""
    parser = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    parser.add_argument("--configfile", "--configfiles", nargs="+", action="extend", default=[])
    parser.add_argument("--config", "-C", nargs="*", action="extend", default=[])
    parser.add_argument("--directory", "-d", default=".")
    parser.add_argument("--snakefile", "-s")
    return parser.parse_known_args(arguments)


def write_command(known: argparse.Namespace, rest: Sequence[str]) -> list[str]:
    """Return the arguments that `read_command` parted, with options that were given twice in one.

    A dotted key, which Snakemake refuses, becomes its section: training.epochs=1 is training={epochs: 1}.
    """
    arguments = [*rest]
    if known.snakefile:
        arguments += ["--snakefile", known.snakefile]
    if known.directory != ".":
        arguments += ["--directory", known.directory]
    if known.configfile:
        arguments += ["--configfile", *known.configfile]
    if known.config:
        arguments += ["--config", *map(_nest, known.config)]
    return arguments


def _nest(word: str) -> str:
    key, _, value = word.partition("=")
    first, *inner = key.split(".")
    if not inner:
        return word
    for part in reversed(inner):
        value = f"{{{part}: {value}}}"
    return f"{first}={value}"


def check_command(arguments: Sequence[str]) -> None:
    """Raise UserError if --configfile or --config is given twice, of which Snakemake would take the last alone."""
    options = [argument.partition("=")[0].replace("files", "file") for argument in arguments]
    for option, example in (("--configfile", "a.yaml b.yaml"), ("--config", "name=mine 'training={epochs: 1}'")):
        if options.count(option) > 1:
            raise UserError(
                f"config: {option} is given twice, of which Snakemake takes the last alone: name all after one, "
                f"{option} {example}."
            )


def check_writable(*folders: str) -> None:
    """Raise UserError if a folder, relative to the working directory, may not be written to or made."""
    for folder in map(Path, folders):
        there = next(path for path in (folder, *folder.parents) if os.access(path, os.F_OK))
        if not os.access(there, os.W_OK | os.X_OK):
            code = errno.EROFS if os.statvfs(there).f_flag & os.ST_RDONLY else errno.EACCES
            sentence = explain(OSError(code, os.strerror(code), str(there.absolute())))
            raise UserError(f"{sentence[:-1]} (--directory FOLDER), or see to its owner and permissions.")
