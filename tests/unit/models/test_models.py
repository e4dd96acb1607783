"""What holds for every registered model: it learns, its sizes are the schema's; how a name is looked up."""

import subprocess
import sys
from importlib import import_module

import numpy as np
import pytest
import yaml
from model_options import ROOT, easy_split, easy_task, read_options

from videofer.core.errors import UserError
from videofer.models.registry import MODELS, load_model
from videofer.training.loop import fit_network

# Epochs by which twelve clips are learned; a variant of its own first.
EPOCHS = {"capsule-lstm": 50, "landmarks": 80, "frames-landmarks": 25, "weighted-sum": 30, "joint": 30}
LEARNING = [
    (model, variant) for model in MODELS if model != "capsule-lstm-tuned" for variant in load_model(model).variants
]


@pytest.mark.parametrize(("model", "variant"), LEARNING)
def test_every_variant_learns_twelve_clips_by_heart(model, variant):
    epochs = EPOCHS.get(variant, EPOCHS.get(model, 25))
    options = {"dropout": 0.2} if model == "frames-landmarks" else {}
    task = easy_task(variant, read_options(model, **options), epochs=epochs)
    learned = load_model(model)
    fitted = learned.fit(task) if learned.fit else fit_network(learned.learner, task)
    scores, labels = fitted.predict(task.training), easy_split().labels.numpy()
    assert scores["sequence"].shape == (12, 6)
    np.testing.assert_allclose(scores["sequence"].sum(1), 1, rtol=1e-5)
    if model == "majority":  # the share of each class, and the first class at a tie
        np.testing.assert_allclose(scores["sequence"], 1 / 6)
        assert fitted.history[0]["accuracy"] == pytest.approx(1 / 6)
        assert fitted.history[0]["total"] == pytest.approx(np.log(6))
    else:
        for head in scores.values():
            assert (head.argmax(1) == labels).mean() >= (11 / 12 if model == "capsule-lstm" else 1)
    assert ("capsule" in scores) == (model == "capsule-lstm")
    for row in fitted.history:
        parts = set(row) - {"epoch", "split", "total", "accuracy", "capsule_accuracy"}
        assert not parts or row["total"] == pytest.approx(sum(row[part] for part in parts), rel=1e-4)


def test_the_schema_s_sizes_are_the_code_s():
    schema = yaml.safe_load((ROOT / "workflow/schemas/config.schema.yaml").read_text())
    sections = schema["properties"]["models"]["properties"]
    sized = {name for name, section in sections.items() if "enum" in section["properties"].get("size", {})}
    assert sized >= {"capsule-lstm", "3dcnn", "il-cnn", "csacnn", "dtagn"}
    for name in sized:
        sizes = import_module(f"videofer.models.{MODELS[name]}").SIZES
        assert set(sections[name]["properties"]["size"]["enum"]) == set(sizes), name


def test_an_unknown_model_is_named():
    with pytest.raises(UserError, match="'capsule' is not known: choose one of capsule-lstm"):
        load_model("capsule")


def test_the_list_of_models_loads_none_of_them():
    program = "import sys, videofer.models.registry; sys.exit('torch' in sys.modules)"
    subprocess.run([sys.executable, "-c", program], cwd=ROOT, check=True)
