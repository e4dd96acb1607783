"""Explain the answers of one variant: trace every tested clip through the model that was tested on it.

A trace has the model's capsules and its answer frame by frame, and what an occlusion of the face changes.
"""

import json
import logging
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from einops import rearrange
from torch import Tensor, nn

from videofer.clips.augment import crop_centre
from videofer.core.artifacts import read_arrays, read_table, write_arrays
from videofer.core.errors import UserError
from videofer.core.study import VARIANTS
from videofer.folds.split import clips_in_role
from videofer.models.capsule_lstm import CAPSULE_SIZE, FRAME_SIZE, CapsuleLSTM, Readings
from videofer.models.interface import Schedule
from videofer.training.machine import autocast

# How far traced probabilities may lie from those of the run: by float32 on another batch, or by other arithmetic
# (bfloat16, or a GPU's TF32, which keep 8 and 10 bits of a product).
EXACT, ROUNDED = 1e-5, 0.1
PATCH = 12  # pixels a side of an occlusion: an eye with its brow, or half a mouth
STRIDE = 4  # pixels between occlusions
# Sabour, Frosst, Hinton 2017, section 5.1: "in steps of 0.05 in the range [-0.25, 0.25]".
STEPS = tuple(round(0.05 * step, 2) for step in range(-5, 6))
# The example of a class of which no clip was recognised: length of the capsule, clip and decoded changes.
NO_EXAMPLE = (0.0, -1, np.zeros((CAPSULE_SIZE, len(STEPS), FRAME_SIZE, FRAME_SIZE), np.uint8))


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
    for path, answers, record in zip(weights, predictions, records, strict=True):
        model, made = load_model(path)
        fold, schedule = made["fold"], Schedule(**made["schedule"])
        decoded = VARIANTS[made["variant"]].reconstruction
        training, tested = (clips_in_role(folds, people, fold, role) for role in ("train", "test"))
        total = sum(faces[clip].sum(0, dtype=np.int64) for clip in training)  # one clip at a time
        average = (total / (len(training) * faces.shape[1])).astype(np.uint8)
        for clip in tested:
            trace, arrays = explain_clip(model, schedule, faces[clip], average, decoded)
            explained[clip] = arrays | {"fold": np.int64(fold), "label": labels[clip]}
            middle, label = faces.shape[1] // 2, int(labels[clip])
            norms = trace["norms"][middle]
            # The example of a class: its longest capsule so far that is also the longest of its frame.
            longest = int(norms.argmax()) == label and norms[label].item() > examples.get(label, NO_EXAMPLE)[0]
            if decoded and longest:
                perturbed = to_grey(perturb_capsule(model.decoder, trace["poses"][middle, label].float()))
                examples[label] = (norms[label].item(), clip, perturbed)
        traced = {names[clip]: explained[clip]["probability"][-1] for clip in tested}
        differences.append(compare_answers(traced, answers, record, schedule.precision))
        numbers.append(fold)
        averages.append(average)
        logging.info("fold %d: %d clips, largest difference %.1e", fold, len(tested), differences[-1])
    order = sorted(explained)
    arrays = {name: np.stack([explained[clip][name] for clip in order]) for name in explained[order[0]]}
    arrays["mean_face"] = np.stack(averages)
    if decoded:
        found = [examples.get(label, NO_EXAMPLE) for label in range(len(made["classes"]))]
        arrays["example"] = np.array([order.index(clip) if clip >= 0 else -1 for _, clip, _ in found])
        arrays["perturbed"] = np.stack([perturbed for *_, perturbed in found])
    parameters = {"clips": [names[clip] for clip in order], "subjects": [people[clip] for clip in order]}
    parameters |= {"folds": numbers, "largest_difference": max(differences), "size": made["options"]["size"]}
    parameters |= {name: made[name] for name in ("classes", "model", "variant", "seed")}
    parameters |= {"steps": STEPS, "patch": PATCH, "stride": STRIDE, "code": code}
    write_arrays(out, "explanations", arrays, parameters, [clips_path, folds_path, *weights])


def load_model(weights: str) -> tuple[CapsuleLSTM, dict]:
    """Return the model of one fold, ready to be tested, and the parameters that its weights were made with."""
    arrays = read_arrays(weights, "weights")
    made = arrays.parameters
    options = made["options"]
    model = CapsuleLSTM(len(made["classes"]), options["size"], Readings(**options["readings"]["model"]))
    model.load_state_dict({name: torch.from_numpy(array.copy()) for name, array in arrays.items()})
    return model.eval(), made


def explain_clip(
    model: CapsuleLSTM, schedule: Schedule, frames: np.ndarray, average: np.ndarray, decoded: bool
) -> tuple[dict[str, Tensor], dict[str, np.ndarray]]:
    """Return the trace of one clip (T, 48, 48) and the arrays that are written of it; average (48, 48): its fold's.

    norms, probability (T, J): length of the class capsules in each frame, and the LSTM's answer after it;
    saliency (48, 48); mean_face_error (T,): the mean squared error of the average face as a guess of each frame,
    pixels in 0..1. Where the decoder was trained also reconstruction (T, 48, 48) and its error (T,).
    """
    clip, face = torch.from_numpy(frames).float() / 255, torch.from_numpy(average).float() / 255
    with autocast(clip.device, schedule.precision):
        trace = {name: array[0] for name, array in trace_clips(model, clip[None]).items()}
        saliency = map_saliency(model, clip, face, schedule.batch_size)
    arrays = {name: trace[name].numpy() for name in ("norms", "probability")}
    arrays["saliency"] = saliency.numpy().astype(np.float16)
    arrays["mean_face_error"] = (face - clip).square().mean((-2, -1)).numpy()
    if decoded:
        arrays["reconstruction"] = to_grey(trace["reconstruction"])
        arrays["error"] = (trace["reconstruction"] - clip).square().mean((-2, -1)).numpy()
    return trace, arrays


def compare_answers(traced: dict[str, np.ndarray], predictions: str, record: str, precision: str) -> float:
    """Return the largest difference of traced probabilities, clip -> (J,), to predictions.csv.

    record: the run.json. Raises UserError if the clips differ, or if the difference is larger than another
    computation explains.
    """
    table = read_table(predictions, "predictions")
    answers = table[table.split == "test"].set_index("clip").filter(regex="^p_")
    if sorted(answers.index) != sorted(traced):
        raise UserError(f"{predictions} does not hold the test clips of folds.tsv: train it again.")
    differences = [np.abs(answers.loc[clip].to_numpy() - traced[clip]).max() for clip in traced]
    difference = float(np.max(differences, initial=0))  # nan where any is
    device = json.loads(Path(record).read_text(encoding="utf-8"))["device"]
    exact = device == "cpu" and precision == "float32"
    if not difference <= (EXACT if exact else ROUNDED):
        raise UserError(
            f"The answers of {Path(predictions).parent}/model.safetensors differ by {difference:.1e} from those in "
            "its predictions.csv: the two do not belong together, or the clips have changed; train it again."
        )
    return difference


def to_grey(picture: Tensor) -> np.ndarray:
    """Return pixels in 0..1 as grey levels 0..255."""
    return (picture * 255).round().to(torch.uint8).numpy()


@torch.no_grad()
def trace_clips(model: CapsuleLSTM, clips: Tensor) -> dict[str, Tensor]:
    """Return what the model computes on the way to its answer to clips (B, T, 48, 48) in 0..1.

    norms (B, T, J) of the class capsules; poses (B, T, J, 30), the capsules themselves; probability (B, T, J) of
    the classes after each frame, as if the clip ended there; reconstruction (B, T, 48, 48) in 0..1 from the
    longest capsule of each frame.

    The LSTM's state after t frames does not depend on the frames to come: its head, applied to every state (or,
    with the reading `lstm_output: mean`, to the mean of the states so far), answers every beginning of a clip in
    one pass. Forward hooks take capsules and states from the model's own pass, so that none of it is repeated.
    """
    taken = {}
    hooks = [
        model.encoder.register_forward_hook(lambda _, __, poses: taken.update(poses=poses)),
        model.lstm.register_forward_hook(lambda _, __, result: taken.update(states=result[0])),
    ]
    try:
        output = model(clips, reconstruct=True)
    finally:
        for hook in hooks:
            hook.remove()
    states = taken["states"]
    if model.readings.lstm_output == "mean":
        frames = torch.arange(1, states.shape[1] + 1, device=states.device)
        states = states.cumsum(1) / frames[:, None]
    return {
        "norms": output.norms,
        "poses": rearrange(taken["poses"], "(B T) J D -> B T J D", B=len(clips)),
        "probability": model.head(states).float().softmax(-1),
        "reconstruction": output.reconstruction.float(),
    }


@torch.no_grad()
def map_saliency(model: CapsuleLSTM, clip: Tensor, fill: Tensor, batch: int) -> Tensor:
    """Return how much probability the clip's answer loses where the face is hidden: (48, 48), about -1..1.

    clip (T, 48, 48) and fill (48, 48) in 0..1. A square of PATCH pixels is replaced by the same part of `fill`,
    the average face, in all frames at once (Zeiler and Fergus 2014, section 4.2); a pixel gets the mean loss over
    the squares that cover it. `batch` occluded clips are computed at a time.
    """
    whole = model(clip[None]).logits.float().softmax(-1)[0]
    answer = int(whole.argmax())
    total, covered = torch.zeros_like(fill), torch.zeros_like(fill)
    starts = torch.arange(0, FRAME_SIZE - PATCH + 1, STRIDE)  # together the squares cover every pixel
    for corners in torch.cartesian_prod(starts, starts).split(batch):
        hidden = clip.expand(len(corners), *clip.shape).clone()
        squares = [(slice(y, y + PATCH), slice(x, x + PATCH)) for y, x in corners.tolist()]
        for occluded, square in zip(hidden, squares, strict=True):
            occluded[(slice(None), *square)] = fill[square]
        loss = whole[answer] - model(hidden).logits.float().softmax(-1)[:, answer]
        for square, value in zip(squares, loss, strict=True):
            total[square] += value
            covered[square] += 1
    return total / covered


@torch.no_grad()
def perturb_capsule(decoder: nn.Module, capsule: Tensor) -> Tensor:
    """Decode a capsule (D,) with each of STEPS added to each single component: (D, steps, 48, 48) in 0..1.

    This shows what a component stands for (Sabour et al. 2017, figure 4).
    """
    steps = torch.tensor(STEPS, dtype=capsule.dtype, device=capsule.device)
    moves = torch.eye(len(capsule), dtype=capsule.dtype, device=capsule.device)
    moved = capsule + rearrange(moves, "K D -> K 1 D") * rearrange(steps, "S -> S 1")
    decoded = decoder(rearrange(moved, "K S D -> (K S) D"))
    return rearrange(decoded, "(K S) H W -> K S H W", S=len(steps)).float()
