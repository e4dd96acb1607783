"""Explain the answers of one variant: trace every tested clip through the model that was tested on it."""

import json
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from videofer.clips.augment import crop_centre
from videofer.core.artifacts import read_arrays, read_table, write_arrays
from videofer.core.errors import UserError
from videofer.core.study import VARIANTS
from videofer.evaluation.explain.dimensions import STEPS, perturb_capsule
from videofer.evaluation.explain.saliency import PATCH, STRIDE, map_saliency
from videofer.evaluation.explain.trace import Trace, trace_clips
from videofer.folds.split import clips_in_role
from videofer.models.capsule_lstm import CAPSULE_SIZE, FRAME_SIZE, CapsuleLSTM, Readings
from videofer.models.interface import Schedule
from videofer.training.precision import autocast

# How far the answers may lie from those of the run: float32 on another batch, or other arithmetic (bfloat16, or a
# GPU's TF32, which keep 8 and 10 bits of a product).
EXACT, ROUNDED = 1e-5, 0.1


@dataclass(frozen=True)
class Run:
    """One trained fold: its model, how and on which device it computed, and the table of its test answers."""

    fold: int
    model: CapsuleLSTM
    schedule: Schedule
    device: str
    predictions: object
    folder: Path

    @property
    def tolerance(self) -> float:
        """The largest difference to the run's own probabilities that another computation explains."""
        same = self.device == "cpu" and self.schedule.precision == "float32"
        return EXACT if same else ROUNDED


def explain_model(
    clips_path: str,
    folds_path: str,
    weights: Sequence[str],
    predictions: Sequence[str],
    records: Sequence[str],
    out: str,
    threads: int,
    code: str,
) -> None:
    """Trace every clip through the fold that tested it and write explanations.safetensors.

    weights, predictions, records: the model.safetensors, predictions.csv and run.json of one seed's folds of one
    variant, in the same order. `empty_arrays` lists what is written. Works on the processor, one clip at a time.
    Raises UserError if a traced answer is not the run's. Clips of people whom no fold tests are left out.
    """
    torch.set_num_threads(threads)
    clips, folds = read_arrays(clips_path, "clips"), read_table(folds_path, "folds")
    faces = crop_centre(clips["clip"], FRAME_SIZE)
    everybody = clips.parameters["subjects"]
    tested = np.flatnonzero(np.isin(everybody, folds.subject[folds.role == "test"]))
    names, subjects = ([clips.parameters[key][p] for p in tested] for key in ("clips", "subjects"))
    described = read_arrays(weights[0], "weights").parameters
    classes, decoded = described["classes"], VARIANTS[described["variant"]].reconstruction
    arrays = empty_arrays((len(tested), faces.shape[1]), len(classes), len(weights), decoded)
    arrays["label"] = clips["label"][tested]
    numbers, differences, longest = [], [], np.zeros(len(classes))
    for place, paths in enumerate(zip(weights, predictions, records, strict=True)):
        run = load_run(*paths)
        training = clips_in_role(folds, everybody, run.fold, "train")
        arrays["mean_face"][place] = average_face(faces, training)
        slots = clips_in_role(folds, subjects, run.fold, "test")
        arrays["fold"][slots] = run.fold
        for slot in slots:
            explain_clip(run, faces[tested[slot]], slot, arrays, arrays["mean_face"][place], longest)
        numbers.append(run.fold)
        differences.append(compare_answers(run, [names[slot] for slot in slots], arrays["probability"][slots, -1]))
        logging.info("fold %d: %d clips, largest difference %.1e", run.fold, len(slots), differences[-1])
    parameters = {"clips": names, "subjects": subjects, "folds": numbers, "largest_difference": max(differences)}
    parameters |= {name: described[name] for name in ("classes", "model", "variant", "seed")}
    parameters |= {"size": described["options"]["size"]}
    parameters |= {"steps": STEPS, "patch": PATCH, "stride": STRIDE, "code": code}
    write_arrays(out, "explanations", arrays, parameters, [clips_path, folds_path, *weights])


def average_face(faces: np.ndarray, clips: Sequence[int]) -> np.ndarray:
    """Return the mean of all frames (T, 48, 48) of some of the clips, read one at a time: (48, 48) float64."""
    total = sum(faces[clip].sum(0, dtype=np.int64) for clip in clips)
    return total / (len(clips) * faces.shape[1])


def empty_arrays(shape: tuple[int, int], classes: int, folds: int, decoded: bool) -> dict[str, np.ndarray]:
    """Allocate what is kept of N tested clips of T frames.

    norms, probability (N, T, J): length of the class capsules in each frame, and the LSTM's answer after it;
    saliency (N, 48, 48); fold (N,) that tested the clip; mean_face (K, 48, 48) of each fold's training clips, and
    mean_face_error (N, T), the mean squared error of that face as a guess of each frame, pixels in 0..1. Where
    the decoder was trained also reconstruction (N, T, 48, 48), its error (N, T), and one example a class:
    example (J,) is the clip (-1: none was recognised by its capsule), perturbed (J, 30, steps, 48, 48).
    """
    n, side = shape[0], (FRAME_SIZE, FRAME_SIZE)
    arrays = {
        "norms": np.zeros((*shape, classes), np.float32),
        "probability": np.zeros((*shape, classes), np.float32),
        "saliency": np.zeros((n, *side), np.float16),
        "fold": np.zeros(n, np.int64),
        "mean_face": np.zeros((folds, *side), np.uint8),
        "mean_face_error": np.zeros(shape, np.float32),
    }
    if decoded:
        arrays["reconstruction"] = np.zeros((*shape, *side), np.uint8)
        arrays["error"] = np.zeros(shape, np.float32)
        arrays["example"] = np.full(classes, -1, np.int64)
        arrays["perturbed"] = np.zeros((classes, CAPSULE_SIZE, len(STEPS), *side), np.uint8)
    return arrays


def load_run(weights: str, predictions: str, record: str) -> Run:
    """Rebuild the model of one fold from its weights, ready to be tested."""
    arrays = read_arrays(weights, "weights")
    made = arrays.parameters
    options = made["options"]
    model = CapsuleLSTM(len(made["classes"]), options["size"], Readings(**options["readings"]["model"]))
    model.load_state_dict({name: torch.from_numpy(array.copy()) for name, array in arrays.items()})
    answers = read_table(predictions, "predictions")
    device = json.loads(Path(record).read_text(encoding="utf-8"))["device"]
    schedule = Schedule(**made["schedule"])
    return Run(made["fold"], model.eval(), schedule, device, answers[answers.split == "test"], Path(weights).parent)


def explain_clip(
    run: Run, frames: np.ndarray, slot: int, arrays: dict[str, np.ndarray], average: np.ndarray, longest: np.ndarray
) -> None:
    """Fill in one clip: frames (T, 48, 48) and average (48, 48) uint8; `longest` (J,): length of each example."""
    clip, face = torch.from_numpy(frames).float() / 255, torch.from_numpy(average).float() / 255
    with autocast(clip.device, run.schedule.precision):
        trace = trace_clips(run.model, clip[None])
        arrays["saliency"][slot] = map_saliency(run.model, clip, face, run.schedule.batch_size).numpy()
    arrays["norms"][slot] = trace.norms[0].numpy()
    arrays["probability"][slot] = trace.probability[0].numpy()
    arrays["mean_face_error"][slot] = (face - clip).square().mean((-2, -1)).numpy()
    if "error" in arrays:
        arrays["reconstruction"][slot] = to_grey(trace.reconstruction[0])
        arrays["error"][slot] = (trace.reconstruction[0] - clip).square().mean((-2, -1)).numpy()
        keep_example(run.model, trace, slot, arrays, longest)


def keep_example(
    model: CapsuleLSTM, trace: Trace, slot: int, arrays: dict[str, np.ndarray], longest: np.ndarray
) -> None:
    """Make this clip its class's example if its middle frame has the longest capsule so far, and the right one."""
    middle, label = trace.norms.shape[1] // 2, arrays["label"][slot]
    norms = trace.norms[0, middle]
    if int(norms.argmax()) == label and float(norms[label]) > longest[label]:
        longest[label] = float(norms[label])
        arrays["example"][label] = slot
        arrays["perturbed"][label] = to_grey(perturb_capsule(model.decoder, trace.poses[0, middle, label].float()))


def compare_answers(run: Run, names: list[str], traced: np.ndarray) -> float:
    """Return the largest difference of traced probabilities (N, J) to predictions.csv; refuse a large one."""
    table = run.predictions.set_index("clip").filter(regex="^p_")
    if sorted(table.index) != sorted(names):
        raise UserError(f"{run.folder}/predictions.csv does not hold the test clips of folds.tsv: train it again.")
    difference = float(np.abs(table.loc[names].to_numpy() - traced).max(initial=0))
    if not difference <= run.tolerance:
        raise UserError(
            f"The answers of {run.folder}/model.safetensors differ by {difference:.1e} from those in its "
            "predictions.csv: the two do not belong together, or the clips have changed; train it again."
        )
    return difference


def to_grey(picture: Tensor) -> np.ndarray:
    """Return pixels in 0..1 as grey levels 0..255."""
    return (picture * 255).round().to(torch.uint8).numpy()
