"""The result of a model without epochs: what was fitted once, judged on training and validation clips."""

from collections.abc import Callable, Mapping

import numpy as np

from videofer.models.interface import Fitted, Split, Task

SMALLEST = 1e-12  # lower limit of a probability in the log loss


def finish(task: Task, weights: Mapping[str, np.ndarray], predict: Callable[[Split], np.ndarray]) -> Fitted:
    """Return the fold's result of a model that `predict`s probabilities (M, J) from `weights`.

    Its history has one row a split, epoch 0; its only loss, total, is the log loss (mean of -log p of the class).
    """
    history = []
    for name, split in (("train", task.training), ("validation", task.validation)):
        probability, labels = predict(split), split.labels[split.samples[:, 0]].cpu().numpy()
        total = float(-np.log(probability[np.arange(len(labels)), labels].clip(SMALLEST)).mean())
        accuracy = float((probability.argmax(1) == labels).mean())
        history.append({"epoch": 0, "split": name, "total": total, "accuracy": accuracy})
    parameters = sum(array.size for array in weights.values())
    return Fitted(0, history, weights, parameters, lambda split: {"sequence": predict(split)})
