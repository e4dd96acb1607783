"""A z-buffer rasteriser in numpy: which triangle is seen at each sample of a regular grid.

All triangles are cut into spans (one for each line of samples they cross) and all spans into samples, each step
one set of array operations. The nearest triangle wins through one unbuffered maximum over integer keys (depth in
the high bits, triangle in the low), which is exact and independent of the order of the triangles.
"""

import numpy as np

TRIANGLE_BITS = 16
# Depth is kept in 1/DEPTH_STEPS of the unit of the points, for |depth| below 2 ** 20.
DEPTH_STEPS = 2.0**18
COVERED = 1 << 60  # makes the key of a covered sample positive, whatever its depth
# Part of a sample by which spans grow: samples on a shared edge belong to both triangles, so that no crack shows.
TOLERANCE = np.float32(1e-3)
SLIVER = 1e-4  # twice the area, in square samples, below which a triangle is left out: its weights are ill-defined


def rasterise(points: np.ndarray, triangles: np.ndarray, width: int, height: int) -> np.ndarray:
    """Return the z-buffer of keys int64 (height, width), 0 where no triangle is seen; see `unpack`.

    points (C, 3): x, y in samples (sample i is at i + 0.5; y down) and depth (larger is nearer); triangles (F, 3),
    F < 65536; those that turn clockwise on the screen (seen from behind) are left out.
    """
    x, y, z = points.T.astype(np.float32)
    a, b, c = triangles.T
    area = (x[b] - x[a]) * (y[c] - y[a]) - (y[b] - y[a]) * (x[c] - x[a])
    facing = np.flatnonzero(area < -SLIVER)
    corners = np.ascontiguousarray(triangles[facing].T)  # so that all below is, too
    x, y, z = x[corners] - np.float32(0.5), y[corners] - np.float32(0.5), z[corners]

    # Barycentric weight i at the sample in column 0, line 0, and its change a column and a line further: (3, F).
    ahead, behind = [1, 2, 0], [2, 0, 1]
    inverse = 1 / area[facing]
    a_column = (y[ahead] - y[behind]) * inverse
    a_line = (x[behind] - x[ahead]) * inverse
    at_origin = (x[ahead] * y[behind] - y[ahead] * x[behind]) * inverse
    # The changes a column add up to 0: the edge with the largest bounds each span on the left, the one with the
    # smallest on the right, and the third on either side, or on none if it is level.
    order = np.argsort(a_column, axis=0)
    smallest, third, largest = (
        [term[chosen, np.arange(len(chosen))] for term in (at_origin, a_line, a_column)] for chosen in order
    )
    cuts_left = (_cut(*largest, largest[2] > 0, -np.inf), _cut(*third, third[2] > 0, -np.inf))
    cuts_right = (_cut(*smallest, smallest[2] < 0, np.inf), _cut(*third, third[2] < 0, np.inf))

    top = np.maximum(np.ceil(y.min(axis=0)), 0).astype(np.int32)
    bottom = np.minimum(np.floor(y.max(axis=0)), height - 1).astype(np.int32)
    triangle, line = _count_up(top, bottom)
    line_number = line.astype(np.float32)
    first = np.maximum(*(start[triangle] + slope[triangle] * line_number for start, slope in cuts_left))
    last = np.minimum(*(start[triangle] + slope[triangle] * line_number for start, slope in cuts_right))
    first = np.ceil(np.clip(first - TOLERANCE, 0, width)).astype(np.int32)
    last = np.floor(np.clip(last + TOLERANCE, -1, width - 1)).astype(np.int32)
    span, column = _count_up(first, last)

    z = z * np.float32(DEPTH_STEPS)
    depth_a_column = (a_column * z).sum(axis=0)[triangle]
    depth = (at_origin * z).sum(axis=0)[triangle] + (a_line * z).sum(axis=0)[triangle] * line_number
    depth = depth[span] + depth_a_column[span] * column
    key = (depth.astype(np.int64) << TRIANGLE_BITS) + (COVERED + facing)[triangle][span]
    keys = np.zeros(height * width, dtype=np.int64)
    np.maximum.at(keys, (line * width)[span] + column, key)
    return keys.reshape(height, width)


def _cut(
    at_origin: np.ndarray, a_line: np.ndarray, a_column: np.ndarray, used: np.ndarray, unbounded: float
) -> tuple[np.ndarray, np.ndarray]:
    """Return the columns (n,) at which a weight is 0 on line 0, and their change a line further.

    Edges that are not `used` (n,) cut at `unbounded`, an infinity.
    """
    change = np.where(used, -a_column, np.float32(1))
    start = np.where(used, at_origin / change, np.float32(unbounded))
    return start, np.where(used, a_line / change, np.float32(0))


def _count_up(first: np.ndarray, last: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return, for every i (n,) and every number from first[i] to last[i], i and the number."""
    count = np.maximum(last - first + 1, 0)
    owner = np.repeat(np.arange(len(count)), count)
    start = first - (np.cumsum(count) - count)
    return owner, np.arange(len(owner)) + start[owner]


def unpack(keys: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the triangle (any integer where the key is 0) and the depth of z-buffer keys."""
    depth = ((keys - COVERED) >> TRIANGLE_BITS).astype(np.float32) / np.float32(DEPTH_STEPS)
    return seen_triangles(keys), depth


def seen_triangles(keys: np.ndarray) -> np.ndarray:
    """Return the triangle of z-buffer keys, any integer where the key is 0."""
    return keys & ((1 << TRIANGLE_BITS) - 1)


def depth_key(depth: float) -> int:
    """Return the difference of two z-buffer keys whose depths differ by `depth`."""
    return round(depth * DEPTH_STEPS) << TRIANGLE_BITS


def weigh_corners(points: np.ndarray, triangles: np.ndarray, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Return the barycentric weights (n, 3) of the positions x, y (n,) in the triangles (n, 3) of `points`."""
    across, down = np.ascontiguousarray(points[:, 0]), np.ascontiguousarray(points[:, 1])
    a, b, c = triangles.T
    ax, bx, cx = across[a], across[b], across[c]
    ay, by, cy = down[a], down[b], down[c]
    inverse = 1 / ((bx - ax) * (cy - ay) - (by - ay) * (cx - ax))
    weights = np.empty((len(x), 3), dtype=np.float32)
    weights[:, 0] = ((bx - x) * (cy - y) - (by - y) * (cx - x)) * inverse
    weights[:, 1] = ((cx - x) * (ay - y) - (cy - y) * (ax - x)) * inverse
    weights[:, 2] = 1 - weights[:, 0] - weights[:, 1]
    return weights
