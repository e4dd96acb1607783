"""What models without epochs share: reading a split as arrays, and judging what was fitted once."""

from collections.abc import Callable, Mapping

import numpy as np

from videofer.models.interface import Fitted, Split, Task

SMALLEST = 1e-12  # probability under which the log loss counts an answer


def read_split(split: Split) -> tuple[np.ndarray, np.ndarray]:
    """Return the frames (M, T, 48, 48) uint8 and the labels (M,) of the samples of a split."""
    clip, version = split.samples.unbind(1)
    return split.versions[clip, version].cpu().numpy(), split.labels[clip].cpu().numpy()


def finish(task: Task, weights: Mapping[str, np.ndarray], predict: Callable[[Split], np.ndarray]) -> Fitted:
    """Return the fold's result of a model that `predict`s probabilities (M, J) from `weights`.

    Its history has one row a split, epoch 0; its only loss, total, is the log loss (mean of -log p of the class).
    """
    history = []
    for name, split in (("train", task.training), ("validation", task.validation)):
        probability, labels = predict(split), split.labels[split.samples[:, 0]].cpu().numpy()
        right = probability[np.arange(len(labels)), labels]
        history.append(
            {
                "epoch": 0,
                "split": name,
                "total": float(-np.log(right.clip(SMALLEST)).mean()),
                "accuracy": float((probability.argmax(1) == labels).mean()),
            }
        )
    parameters = sum(array.size for array in weights.values())
    return Fitted(0, history, weights, parameters, lambda split: {"sequence": predict(split)})
