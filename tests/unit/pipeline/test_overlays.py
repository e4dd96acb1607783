"""Configuration files and --config: what is read, and which one sentence says why not."""

import copy
import os
from pathlib import Path

import pytest
import yaml

from videofer.core.errors import UserError
from videofer.pipeline.config import check_config
from videofer.pipeline.overlays import (
    check_command,
    check_writable,
    complete_config,
    read_command,
    read_overlay,
    write_command,
)

DEFAULTS = Path(__file__).resolve().parents[3] / "config.yaml"


def complete(words, *files):
    """Merge as Snakemake does, then complete."""
    config = yaml.safe_load(DEFAULTS.read_text())
    for overlay in (*(yaml.safe_load(file.read_text()) for file in files), words):
        merge(config, copy.deepcopy(overlay))
    complete_config(config, [*files, DEFAULTS], words)
    return config


def merge(config, overlay):
    for key, value in overlay.items():
        if isinstance(value, dict):
            merge(config.setdefault(key, {}), value)
        else:
            config[key] = value


@pytest.fixture
def here(tmp_path, monkeypatch):
    """Work in a folder beside that of the configuration files."""
    for name in ("work", "conf"):
        (tmp_path / name).mkdir()
    monkeypatch.chdir(tmp_path / "work")
    return tmp_path


def test_a_relative_path_starts_from_the_folder_of_the_file_that_names_it(here):
    first, second = here / "conf/first.yaml", here / "work/second.yaml"
    sets = {"a": {"kind": "table", "path": "a.csv"}, "b": {"kind": "mmi", "data_dir": "../work/b"}}
    first.write_text(yaml.safe_dump({"data_dir": "x", "dataset": {"path": "list.csv", "sets": sets}}))
    second.write_text("data_dir: null\nfolds: {path: folds.csv}\nfaces: {landmark_model: /models/own.dat}\n")
    config = complete({}, first, second)
    assert config["data_dir"] is None
    assert config["dataset"]["path"] == f"{here}/conf/list.csv"
    assert config["dataset"]["sets"]["a"]["path"] == f"{here}/conf/a.csv"
    # Below the working directory, relative to it, so that a copy of the whole makes nothing again.
    assert config["dataset"]["sets"]["b"]["data_dir"] == "b"
    assert config["folds"]["path"] == "folds.csv"
    assert config["faces"]["landmark_model"] == "/models/own.dat"
    for name in ("dlib", "videofer"):  # a name is no path
        first.write_text(f"faces: {{landmark_model: {name}}}\n")
        assert complete({}, first)["faces"]["landmark_model"] == name


def test_a_relative_path_of_a_file_in_config_starts_from_the_folder_above(here):
    """There snakedeploy puts a user's file; under module, too, its paths start from the working directory."""
    (here / "work/config").mkdir()
    (here / "work/config/config.yaml").write_text("dataset: {path: films/list.csv}\n")
    assert complete({}, here / "work/config/config.yaml")["dataset"]["path"] == "films/list.csv"


def test_a_path_on_the_command_line_starts_from_the_working_directory(here):
    (here / "conf/a.yaml").write_text("data_dir: x\n")
    assert complete({"data_dir": "../films"}, here / "conf/a.yaml")["data_dir"] == f"{here}/films"


def test_nested_words_of_the_command_line_get_their_types_and_leave_the_rest(here):
    """Snakemake hands over text alone."""
    words = {
        "training": {"epochs": "7", "learning_rate": "1e-3"},
        "seeds": ["0", "1"],
        "video": {"max_height": "null"},
        "dataset": {"labels": {"bored": "null", "joy": "happy"}},
        "models": {"majority": "null"},
    }
    config = complete(words)
    check_config(config)
    assert config["training"]["epochs"] == 7 and config["training"]["learning_rate"] == 0.001
    assert config["training"]["batch_size"] == 8 and config["seeds"] == [0, 1]
    assert config["video"]["max_height"] is None and config["models"]["majority"] is None
    assert config["dataset"]["labels"] == {"bored": None, "joy": "happy"}


@pytest.mark.parametrize(("change", "sentence"), [
    ({"epochs": 7}, "'epochs' is not a key: did you mean 'training.epochs'?"),
    ({"seed": 7}, "'seed' is not a key: did you mean 'rendered.seed' or 'folds.seed'?"),
    ({"training": {"epoch": 7}}, "'epoch' is not a key of training: did you mean 'epochs'?"),
    ({"training.epochs": 7}, r"'training.epochs' is not a key: sections are nested, as in training: {epochs: ...}"),
    ({"name": 2026}, """name: 2026 .* quotes: name: "..." in a file, --config 'name="..."' in a shell"""),
])  # fmt: skip
def test_a_wrong_key_or_text_is_named_with_the_right_one(change, sentence):
    config = yaml.safe_load(DEFAULTS.read_text())
    merge(config, change)
    with pytest.raises(UserError, match=sentence):
        check_config(config)


@pytest.mark.parametrize(("content", "sentence"), [
    (b"training:\n\tepochs: 5\n", "a.yaml, line 2: .*no tabs"),
    (b"name: a\ntraining: {epochs: 5}\ntraining: {batch_size: 2}\n", "line 3: the key 'training' was given before"),
    (b"training:\n  epochs: 5\n  epochs: 6\n", "line 3: the key 'epochs' was given before"),
    (b"", "holds no `key: value` lines"),
    (b"- a\n", "holds no `key: value` lines"),
    ("name: é\n".encode("utf-16"), "is not UTF-8"),
    (b"name: 'a\n", "a.yaml, line"),
    (b"name: \x07\n", "is not YAML"),
    (b"name: 2026-02-31\n", "is not YAML"),
])  # fmt: skip
def test_a_file_that_is_no_configuration_is_one_sentence(tmp_path, content, sentence):
    (tmp_path / "a.yaml").write_bytes(content)
    with pytest.raises(UserError, match=sentence) as caught:
        read_overlay(tmp_path / "a.yaml")
    assert str(tmp_path / "a.yaml") in str(caught.value)


def test_a_missing_file_is_one_sentence(tmp_path):
    with pytest.raises(UserError, match="cannot be read"):
        read_overlay(tmp_path / "none.yaml")


@pytest.mark.parametrize("content", [
    b"\xef\xbb\xbfname: a\r\ntraining: {epochs: 5}\r\n", b'{\n\t"name": "a",\n\t"training":{"epochs":5}}',
    b"base: &b {epochs: 5}\nname: a\ntraining:\n  <<: *b\n",
])  # fmt: skip
def test_marks_line_ends_json_and_anchors_are_read(tmp_path, content):
    (tmp_path / "a.yaml").write_bytes(content)
    read = read_overlay(tmp_path / "a.yaml")
    assert read["name"] == "a" and read["training"] == {"epochs": 5}


def test_options_given_twice_are_joined_and_dotted_keys_nested():
    known, rest = read_command(
        ["-n", "results/x", "--configfile", "a", "--cores", "2", "--configfile=b", "-C", "training.epochs=1",
         "--config", "name=y", "models.capsule-lstm.size=S", "-d", "z"]
    )  # fmt: skip
    assert write_command(known, rest) == [
        *("-n", "results/x", "--cores", "2", "--directory", "z", "--configfile", "a", "b"),
        *("--config", "training={epochs: 1}", "name=y", "models={capsule-lstm: {size: S}}"),
    ]


@pytest.mark.parametrize("option", ["--configfile", "--configfiles", "--config"])
def test_plain_snakemake_does_not_drop_an_option_in_silence(option):
    check_command(["snakemake", option, "a=1", "b=2"])
    with pytest.raises(UserError, match="is given twice, of which Snakemake takes the last alone"):
        check_command(["snakemake", option, "a=1", f"{option}=b"])


def test_a_place_of_somebody_else_is_one_sentence(here):
    Path("results").mkdir(mode=0o500)
    if os.access("results", os.W_OK):
        pytest.skip("root may write everywhere")
    check_writable(".snakemake")
    with pytest.raises(UserError, match=r"work/results: you may not write there: .*--directory"):
        check_writable(".snakemake", "results/mine")
