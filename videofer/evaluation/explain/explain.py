"""Explain the answers of one variant: trace every tested clip through the model that was tested on it."""

import json
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
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
from videofer.training.machine import autocast

# How far traced probabilities may lie from those of the run: by float32 on another batch, or by other arithmetic
# (bfloat16, or a GPU's TF32, which keep 8 and 10 bits of a product).
EXACT, ROUNDED = 1e-5, 0.1
# The example of a class of which no clip was recognised: length of the capsule, clip and decoded changes.
NO_EXAMPLE = (0.0, -1, np.zeros((CAPSULE_SIZE, len(STEPS), FRAME_SIZE, FRAME_SIZE), np.uint8))


@dataclass(frozen=True)
class Run:
    """One trained fold: its model, the parameters of its weights, schedule and device, and its test answers."""

    folder: Path
    model: CapsuleLSTM
    parameters: dict
    schedule: Schedule
    device: str
    answers: pd.DataFrame  # clip -> p_<class>


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
    """Trace every tested clip through the fold that tested it and write explanations.safetensors, on the CPU.

    weights, predictions, records: the model.safetensors, predictions.csv and run.json of one seed's folds of one
    variant, in the same order. Written of N tested clips, beside `explain_clip`'s arrays: label and fold (N,), and
    mean_face (K, 48, 48) of each fold's training clips; where the decoder was trained, for each class the clip
    whose capsule is the longest of those that it recognised, example (J,), -1 for none, and perturbed
    (J, 30, steps, 48, 48), of its middle frame. Clips of subjects that no fold tests are left out. Raises UserError
    if a traced answer is not the run's.
    """
    torch.set_num_threads(threads)
    clips, folds = read_arrays(clips_path, "clips"), read_table(folds_path, "folds")
    faces, labels = crop_centre(clips["clip"], FRAME_SIZE), clips["label"]
    names, people = clips.parameters["clips"], clips.parameters["subjects"]
    explained, numbers, averages, differences = {}, [], [], []
    examples = {}  # class number -> as NO_EXAMPLE
    for paths in zip(weights, predictions, records, strict=True):
        run = load_run(*paths)
        fold, decoded = run.parameters["fold"], VARIANTS[run.parameters["variant"]].reconstruction
        training, tested = (clips_in_role(folds, people, fold, role) for role in ("train", "test"))
        average = average_face(faces, training).astype(np.uint8)
        for clip in tested:
            trace, arrays = explain_clip(run, faces[clip], average, decoded)
            explained[clip] = arrays | {"fold": np.int64(fold), "label": labels[clip]}
            if decoded:
                keep_example(run.model, trace, clip, int(labels[clip]), examples)
        answers = {names[clip]: explained[clip]["probability"][-1] for clip in tested}
        differences.append(compare_answers(run, answers))
        numbers.append(fold)
        averages.append(average)
        logging.info("fold %d: %d clips, largest difference %.1e", fold, len(tested), differences[-1])
    order = sorted(explained)
    arrays = {name: np.stack([explained[clip][name] for clip in order]) for name in explained[order[0]]}
    arrays["mean_face"] = np.stack(averages)
    if decoded:
        found = [examples.get(label, NO_EXAMPLE) for label in range(len(run.parameters["classes"]))]
        arrays["example"] = np.array([order.index(clip) if clip >= 0 else -1 for _, clip, _ in found])
        arrays["perturbed"] = np.stack([perturbed for *_, perturbed in found])
    parameters = {"clips": [names[clip] for clip in order], "subjects": [people[clip] for clip in order]}
    parameters |= {"folds": numbers, "largest_difference": max(differences)}
    parameters |= {name: run.parameters[name] for name in ("classes", "model", "variant", "seed")}
    parameters |= {"size": run.parameters["options"]["size"]}
    parameters |= {"steps": STEPS, "patch": PATCH, "stride": STRIDE, "code": code}
    write_arrays(out, "explanations", arrays, parameters, [clips_path, folds_path, *weights])


def load_run(weights: str, predictions: str, record: str) -> Run:
    """Rebuild the model of one fold from its weights, ready to be tested."""
    arrays = read_arrays(weights, "weights")
    made = arrays.parameters
    options = made["options"]
    model = CapsuleLSTM(len(made["classes"]), options["size"], Readings(**options["readings"]["model"]))
    model.load_state_dict({name: torch.from_numpy(array.copy()) for name, array in arrays.items()})
    table = read_table(predictions, "predictions")
    answers = table[table.split == "test"].set_index("clip").filter(regex="^p_")
    device = json.loads(Path(record).read_text(encoding="utf-8"))["device"]
    return Run(Path(weights).parent, model.eval(), made, Schedule(**made["schedule"]), device, answers)


def average_face(faces: np.ndarray, clips: Sequence[int]) -> np.ndarray:
    """Return the mean of all frames (T, 48, 48) of some of the clips, read one at a time: (48, 48) float64."""
    total = sum(faces[clip].sum(0, dtype=np.int64) for clip in clips)
    return total / (len(clips) * faces.shape[1])


def explain_clip(
    run: Run, frames: np.ndarray, average: np.ndarray, decoded: bool
) -> tuple[Trace, dict[str, np.ndarray]]:
    """Return the trace of one clip (T, 48, 48) and the arrays that are written of it; average (48, 48): its fold's.

    norms, probability (T, J): length of the class capsules in each frame, and the LSTM's answer after it;
    saliency (48, 48); mean_face_error (T,): the mean squared error of the average face as a guess of each frame,
    pixels in 0..1. Where the decoder was trained also reconstruction (T, 48, 48) and its error (T,).
    """
    clip, face = torch.from_numpy(frames).float() / 255, torch.from_numpy(average).float() / 255
    with autocast(clip.device, run.schedule.precision):
        trace = trace_clips(run.model, clip[None])
        saliency = map_saliency(run.model, clip, face, run.schedule.batch_size)
    arrays = {"norms": trace.norms[0].numpy(), "probability": trace.probability[0].numpy()}
    arrays["saliency"] = saliency.numpy().astype(np.float16)
    arrays["mean_face_error"] = (face - clip).square().mean((-2, -1)).numpy()
    if decoded:
        arrays["reconstruction"] = to_grey(trace.reconstruction[0])
        arrays["error"] = (trace.reconstruction[0] - clip).square().mean((-2, -1)).numpy()
    return trace, arrays


def keep_example(model: CapsuleLSTM, trace: Trace, clip: int, label: int, examples: dict[int, tuple]) -> None:
    """Make this clip its class's example if its middle frame has the longest capsule so far, and the right one."""
    middle = trace.norms.shape[1] // 2
    norms = trace.norms[0, middle]
    if int(norms.argmax()) == label and float(norms[label]) > examples.get(label, NO_EXAMPLE)[0]:
        perturbed = to_grey(perturb_capsule(model.decoder, trace.poses[0, middle, label].float()))
        examples[label] = (float(norms[label]), clip, perturbed)


def compare_answers(run: Run, traced: dict[str, np.ndarray]) -> float:
    """Return the largest difference of traced probabilities, clip -> (J,), to predictions.csv.

    Raises UserError if the clips differ, or if the difference is larger than another computation explains.
    """
    if sorted(run.answers.index) != sorted(traced):
        raise UserError(f"{run.folder}/predictions.csv does not hold the test clips of folds.tsv: train it again.")
    differences = [np.abs(run.answers.loc[clip].to_numpy() - traced[clip]).max() for clip in traced]
    difference = float(np.max(differences, initial=0))  # nan where any is
    exact = run.device == "cpu" and run.schedule.precision == "float32"
    if not difference <= (EXACT if exact else ROUNDED):
        raise UserError(
            f"The answers of {run.folder}/model.safetensors differ by {difference:.1e} from those in its "
            "predictions.csv: the two do not belong together, or the clips have changed; train it again."
        )
    return difference


def to_grey(picture: Tensor) -> np.ndarray:
    """Return pixels in 0..1 as grey levels 0..255."""
    return (picture * 255).round().to(torch.uint8).numpy()
