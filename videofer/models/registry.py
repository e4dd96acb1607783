"""The models that can be trained, by the name that the configuration and the results call them.

Adding one takes a line here; docs/add-a-model.md says what else. The Snakefile imports this. The hash of a rule's
code leaves this list out and counts the model's own module, so that a new line retrains nothing.
"""

from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from videofer.core.errors import UserError

if TYPE_CHECKING:
    from videofer.models.interface import Model

# name -> the file in this folder that defines MODEL, an `interface.Model`
MODELS = {
    "capsule-lstm": "capsule_lstm",
    "capsule-lstm-tuned": "capsule_lstm",  # with readings of its own section
    "3dcnn": "conv3d",
    "il-cnn": "il_cnn",
    "csacnn": "csacnn",
    "dtagn": "dtagn",
    "frames-landmarks": "frames_landmarks",
    "lbp-top-svm": "lbp_top_svm",
    "majority": "majority",
}


def load_model(name: str) -> "Model":
    """Return the model of a registered name; raises UserError for a name not known."""
    if name not in MODELS:
        raise UserError(f"model '{name}' is not known: choose one of {', '.join(MODELS)}.")
    return import_module(f"videofer.models.{MODELS[name]}").MODEL


def model_file(name: str) -> Path:
    """Return the path of a registered model's file."""
    return Path(__file__).with_name(f"{MODELS[name]}.py")
