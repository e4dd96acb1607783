"""A classical model: LBP-TOP histograms of face blocks and a linear support vector machine.

G. Zhao, M. Pietikainen: Dynamic texture recognition using local binary patterns with an application to facial
expressions, IEEE PAMI 29(6), 2007. Their blocks and uniform patterns; radii and blocks are the configuration's, and
the kernel is linear.
"""

from functools import cache
from itertools import pairwise, product

import numpy as np
from scipy.special import softmax
from sklearn.svm import LinearSVC

from videofer.models.interface import Fitted, Model, Split, Task, summarise_fit

NEIGHBOURS = 8
BINS = 59  # uniform patterns of 8 neighbours: 58, and one bin for all others
# Of the machine's cost C; up to 100,000 none larger changed a validation accuracy of the demo.
CHOICES = (0.01, 0.1, 1.0, 10.0)
# The planes through a voxel as pairs of axes of (T, H, W): XY, XT and YT (paper, section 3.2).
PLANES = ((1, 2), (0, 2), (0, 1))


def fit(task: Task) -> Fitted:
    """Fit machines of several costs C on the training clips and keep the best on the validation clips.

    At a tie the smaller C is kept. Options: blocks (a side) and radius (of X, Y and T). Probabilities are the
    softmax of the decision values: they rank as these do, but are not calibrated; a calibration would need more
    people of its own than a fold has.
    """
    blocks, radius = task.options["blocks"], task.options["radius"]

    def describe(split: Split) -> tuple[np.ndarray, np.ndarray]:
        clip, version = split.samples.unbind(1)
        frames, labels = split.versions[clip, version].cpu().numpy(), split.labels[clip].cpu().numpy()
        features = np.empty((len(split), blocks**2 * len(PLANES) * BINS))
        for row, pixels in zip(features, frames, strict=True):
            row[:] = lbp_top(pixels, radius, blocks)
        return features, labels

    train, validation = describe(task.training), describe(task.validation)
    best, best_accuracy = {}, -1.0
    for cost in CHOICES:
        weights = fit_machine(*train, cost, task.classes, task.seed)
        accuracy = (decide(weights, validation[0]).argmax(1) == validation[1]).mean()
        if accuracy > best_accuracy:
            best, best_accuracy = weights, accuracy
    return summarise_fit(task, best, lambda split: softmax(decide(best, describe(split)[0]), axis=1))


def fit_machine(
    features: np.ndarray, labels: np.ndarray, cost: float, classes: int, seed: tuple[int, ...]
) -> dict[str, np.ndarray]:
    """Return weight (J, F), bias (J,) and cost of one machine for each class against the rest.

    A class without a training clip is never predicted: its bias is -inf.
    """
    weight, bias = np.zeros((classes, features.shape[1])), np.full(classes, -np.inf)
    state = int(np.random.default_rng(seed).integers(2**31))
    for label in np.unique(labels):
        machine = LinearSVC(C=cost, random_state=state, max_iter=20_000).fit(features, labels == label)
        weight[label], bias[label] = machine.coef_[0], machine.intercept_[0]
    return {"weight": weight, "bias": bias, "cost": np.array(cost)}


def decide(weights: dict[str, np.ndarray], features: np.ndarray) -> np.ndarray:
    """Return the decision values (M, J) of features (M, F)."""
    return features @ weights["weight"].T + weights["bias"]


def lbp_top(clip: np.ndarray, radius: tuple[int, int, int], blocks: int) -> np.ndarray:
    """Return the LBP-TOP features of a clip: (T, H, W) -> (blocks^2 * 3 * 59,), block by block.

    radius: of X, Y and T in pixels and frames. Voxels nearer than that to the border have no code. Each block's
    histogram of a plane sums to one (paper, section 3.2; blocks: section 4).
    """
    rx, ry, rt = radius
    radii = (rt, ry, rx)
    codes = [plane_codes(clip, plane, radii) for plane in PLANES]
    rows, columns = (np.linspace(0, side, blocks + 1).round().astype(int) for side in codes[0].shape[1:])
    pieces = product(pairwise(rows), pairwise(columns), codes)
    parts = [plane[:, top:bottom, left:right].ravel() for (top, bottom), (left, right), plane in pieces]
    return np.concatenate([np.bincount(part, minlength=BINS) / part.size for part in parts])


def plane_codes(clip: np.ndarray, plane: tuple[int, int], radii: tuple[int, int, int]) -> np.ndarray:
    """Return the uniform code, 0..58, of every voxel that is at least the radii from the border."""
    volume = clip.astype(np.float32)
    inner = tuple(slice(r, side - r) for r, side in zip(radii, volume.shape, strict=True))
    centre = volume[inner]
    pattern = np.zeros(centre.shape, np.int64)
    for bit, shift in enumerate(neighbour_shifts(plane, radii)):
        # A sample counts as not darker within a rounding error of its interpolation.
        pattern |= (sample(volume, inner, shift) >= centre - 1e-3).astype(np.int64) << bit
    return uniform_bins()[pattern]


def neighbour_shifts(plane: tuple[int, int], radii: tuple[int, int, int]) -> np.ndarray:
    """Return the offsets (8, 3) of the neighbours from the voxel in T, H and W, on an ellipse in the plane."""
    angles, shifts = 2 * np.pi * np.arange(NEIGHBOURS) / NEIGHBOURS, np.zeros((NEIGHBOURS, 3))
    for axis, unit in zip(plane, (-np.sin(angles), np.cos(angles)), strict=True):
        shifts[:, axis] = radii[axis] * unit
    return shifts.round(6)


def sample(volume: np.ndarray, inner: tuple[slice, ...], shift: np.ndarray) -> np.ndarray:
    """Return the volume's values at `shift` from the inner voxels, interpolated linearly along each axis."""
    whole = np.floor(shift).astype(int)
    part = shift - whole
    result = np.zeros([s.stop - s.start for s in inner], np.float32)
    for corner in np.ndindex(2, 2, 2):
        share = np.prod(np.where(corner, part, 1 - part))
        if share > 0:
            moved = zip(inner, whole + corner, strict=True)
            result += np.float32(share) * volume[tuple(slice(s.start + d, s.stop + d) for s, d in moved)]
    return result


@cache
def uniform_bins() -> np.ndarray:
    """Return the bin of each of the 256 patterns: first the uniform (at most two changes around), then one bin."""
    patterns = np.arange(2**NEIGHBOURS)
    bits = patterns[:, None] >> np.arange(NEIGHBOURS) & 1
    uniform = (bits != np.roll(bits, 1, axis=1)).sum(1) <= 2
    bins = np.full(len(patterns), BINS - 1)
    bins[uniform] = np.arange(uniform.sum())
    return bins


MODEL = Model(variants=("plain",), fit=fit)
