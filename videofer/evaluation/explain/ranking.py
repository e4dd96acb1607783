"""The order of a capsule's components by what they change; apart from their decoding, which needs torch."""

import numpy as np


def rank_dimensions(perturbed: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Order components by the change of the picture from the first step to the last, largest first.

    perturbed (D, steps, H, W) grey levels -> component numbers (D,) and their changes (D,), the root mean square
    over the pixels, in grey levels.
    """
    difference = perturbed[:, -1].astype(np.float64) - perturbed[:, 0]
    change = np.sqrt(np.square(difference).mean((-2, -1)))
    order = np.argsort(-change, kind="stable")
    return order, change[order]
