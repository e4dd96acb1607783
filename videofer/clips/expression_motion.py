"""How strong an expression is in each frame, by how the picture of the face departs from its rest.

Landmarks are whole pixels, and jump with the box that their search starts from. The cells of a picture need no
search: two versions of a clip, of another size or with other boxes, agree to hundredths of a frame.
"""

import numpy as np

from videofer.clips.crop import crop_clip

CELLS = 32  # a side of the pictures, whose square is the face track's
SMOOTHING = 1.0  # standard deviation of the Gaussian over frames, rows and columns
NEUTRAL_FRAMES = 5  # the first ones are taken to be neutral


def measure_motion(frames: np.ndarray, track: np.ndarray, source: np.ndarray) -> np.ndarray:
    """Return the change of the face from its rest in each frame, (T,), in grey levels; nan where there is no face.

    Of frames (T, H, W), a face's track (T, 3) and source (T,), 0 = no face; see `measure_change`.
    """
    motion, there = np.full(len(source), np.nan), source > 0
    motion[there] = measure_change(crop_clip(frames, track, CELLS, 0)[there])
    return motion


def measure_change(pictures: np.ndarray) -> np.ndarray:
    """Return how far the faces in pictures (T, N, N) are from their rest, (T,), in grey levels, root mean square.

    Rest is the median of the first five. What small movements of the head and changes of the light do to a
    picture is taken out (`_span_nuisance`). Of what is left, the part along its first principal component counts:
    the single change that explains most of the clip, in which blinks and the camera's noise have little share.
    """
    from scipy.ndimage import gaussian_filter  # 0.2 s, which a job that needs no motion saves

    smooth = gaussian_filter(pictures.astype(np.float64), SMOOTHING, mode="nearest")
    rest = np.median(smooth[:NEUTRAL_FRAMES], axis=0)
    # A disc (N, N) within the square that fades to its rim: hair and background beyond do not count.
    middles = np.linspace(-1, 1, len(rest) + 1)[:-1] + 1 / len(rest)
    weights = (1 + np.cos(np.pi * np.minimum(np.hypot(middles[:, None], middles), 1))) / 2
    basis, _ = np.linalg.qr((_span_nuisance(rest) * weights).reshape(-1, rest.size).T)
    changes = ((smooth - rest) * weights).reshape(len(smooth), -1)
    changes -= (changes @ basis) @ basis.T
    courses, strengths, _ = np.linalg.svd(changes, full_matrices=False)
    course = courses[:, 0] * strengths[0] / np.linalg.norm(weights)
    return course * np.sign(course[np.argmax(np.abs(course))])


def _span_nuisance(rest: np.ndarray) -> np.ndarray:
    """Return pictures (10, N, N) whose sums are what head and light do to `rest` (N, N) while they change little.

    More light, more contrast and a slope of the light each way; its derivatives for a shift, a rotation, another
    size and a shear, as in the tangent distance (Simard, LeCun and Denker 1993).
    """
    down, right = np.gradient(rest)
    y, x = np.meshgrid(*2 * [np.linspace(-1, 1, len(rest))], indexing="ij")
    light = [np.ones_like(rest), rest, x, y]
    return np.stack([*light, right, down, x * right, y * down, y * right, x * down])
