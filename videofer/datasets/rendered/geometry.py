"""Triangle meshes in numpy: normals, a z-buffer rasteriser and the soft shadows made with it.

The rasteriser cuts all triangles into spans (one for each line of samples they cross) and all spans into samples,
each step one set of array operations. The nearest triangle wins through one unbuffered maximum over integer keys
(depth in the high bits, triangle in the low), which is exact and independent of the order of the triangles.

Each direction of light is one small z-buffer seen from the lamp (Williams, "Casting curved shadows on curved
surfaces", 1978); a vertex is lit if nothing lies in front of it.
"""

import numpy as np

TRIANGLE_BITS = 16
# Depth is kept in 1/DEPTH_STEPS of the unit of the points, for |depth| below 2 ** 20.
DEPTH_STEPS = 2.0**18
COVERED = 1 << 60  # makes the key of a covered sample positive, whatever its depth
# Part of a sample by which spans grow: samples on a shared edge belong to both triangles, so that no crack shows.
TOLERANCE = np.float32(1e-3)
SLIVER = 1e-4  # twice the area, in square samples, below which a triangle is left out: its weights are ill-defined
CELL = 0.03  # side of a cell of the lamp's z-buffer, decimetres
REACH = 2.0  # half the side of the square that the lamp's z-buffer covers, decimetres
BIAS = 0.05  # decimetres by which another surface must be nearer to the lamp to cast a shadow


def smoothstep(x: np.ndarray, low: float, high: float) -> np.ndarray:
    """Rise smoothly from 0 at `low` to 1 at `high` (Hermite)."""
    t = np.clip((x - low) / (high - low), 0, 1)
    return t * t * (3 - 2 * t)


def vertex_normals(positions: np.ndarray, triangles: np.ndarray) -> np.ndarray:
    """Return unit normals (V, 3) of `positions` (V, 3), the area-weighted mean over the triangles (F, 3)."""
    a, b, c = (positions.T[:, triangles[:, i]] for i in range(3))
    (ux, uy, uz), (vx, vy, vz) = b - a, c - a
    faces = (uy * vz - uz * vy, uz * vx - ux * vz, ux * vy - uy * vx)
    corner = triangles.ravel()
    normals = [np.bincount(corner, np.repeat(face, 3), len(positions)) for face in faces]
    normals = np.stack(normals, axis=1).astype(np.float32)
    return normals / np.maximum(measure_lengths(normals)[:, None], np.float32(1e-12))


def measure_lengths(vectors: np.ndarray) -> np.ndarray:
    """Return the lengths (n,) of vectors (n, 3): numpy's own sum along an axis of three is ten times as slow."""
    x, y, z = vectors.T
    return np.sqrt(x * x + y * y + z * z)


def rasterise(points: np.ndarray, triangles: np.ndarray, width: int, height: int) -> np.ndarray:
    """Return the z-buffer of keys int64 (height, width), 0 where no triangle is seen.

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
    top = np.maximum(np.ceil(y.min(axis=0)), 0).astype(np.int32)
    bottom = np.minimum(np.floor(y.max(axis=0)), height - 1).astype(np.int32)
    triangle, line = _count_up(top, bottom)
    line_number = line.astype(np.float32)
    # The changes a column add up to 0: the edge with the largest bounds each span on the left, the one with the
    # smallest on the right, and the third on either side, or on none if it is level.
    order = np.argsort(a_column, axis=0)
    starts, slopes, changes = (np.take_along_axis(term, order, axis=0) for term in (at_origin, a_line, a_column))
    cuts = []  # columns (2, spans) in which the weights of two edges are 0: on the left, then on the right
    for edges, sign in ((slice(1, 3), 1), (slice(0, 2), -1)):
        used = sign * changes[edges] > 0
        change = np.where(used, -changes[edges], np.float32(1))
        start = np.where(used, starts[edges] / change, np.float32(-sign * np.inf))
        slope = np.where(used, slopes[edges] / change, np.float32(0))
        cuts.append(start.take(triangle, axis=1) + slope.take(triangle, axis=1) * line_number)
    first, last = cuts[0].max(axis=0), cuts[1].min(axis=0)
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


def _count_up(first: np.ndarray, last: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return, for every i (n,) and every number from first[i] to last[i], i and the number."""
    count = np.maximum(last - first + 1, 0)
    owner = np.repeat(np.arange(len(count)), count)
    start = first - (np.cumsum(count) - count)
    return owner, np.arange(len(owner)) + start[owner]


def seen_triangles(keys: np.ndarray) -> np.ndarray:
    """Return the triangle of z-buffer keys, any integer where the key is 0."""
    return keys & ((1 << TRIANGLE_BITS) - 1)


def seen_depths(keys: np.ndarray) -> np.ndarray:
    """Return the depth of z-buffer keys, far below all others where the key is 0."""
    return ((keys - COVERED) >> TRIANGLE_BITS).astype(np.float32) / np.float32(DEPTH_STEPS)


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


def see_lamps(positions: np.ndarray, triangles: np.ndarray, lamps: np.ndarray) -> np.ndarray:
    """Return (lamps, V): 1 where a vertex sees the lamp infinitely far away in a direction (lamps, 3), else 0."""
    centre = np.array([0, 7.2, 0.4], dtype=np.float32)
    side = round(2 * REACH / CELL)
    visible = np.ones((len(lamps), len(positions)), dtype=np.float32)
    for row, lamp in zip(visible, lamps, strict=True):
        right = np.cross([0.0, 1.0, 0.0] if abs(lamp[1]) < 0.9 else [0.0, 0.0, 1.0], lamp)
        right /= np.linalg.norm(right)
        axes = np.stack([right, -np.cross(lamp, right), lamp], axis=1).astype(np.float32)
        seen = (positions - centre) @ axes
        seen[:, :2] = (seen[:, :2] + REACH) / CELL
        keys = rasterise(seen, triangles, side, side)
        column, line = seen[:, :2].astype(np.int64).T
        inside = np.flatnonzero((column >= 0) & (column < side) & (line >= 0) & (line < side))
        cell = keys[line[inside], column[inside]]
        row[inside] = seen[inside, 2] >= seen_depths(cell) - BIAS
    return visible


def ambient_occlusion(positions: np.ndarray, triangles: np.ndarray, directions: int) -> np.ndarray:
    """Return the cosine-weighted share (V,) of the sphere around the head that each vertex sees, 0..1.

    directions: how many points of the sphere are tried (a Fibonacci lattice).
    """
    step = np.arange(directions) + 0.5
    height = 1 - 2 * step / directions
    angle = np.pi * (1 + 5**0.5) * step
    radius = np.sqrt(1 - height**2)
    lamps = np.stack([radius * np.cos(angle), height, radius * np.sin(angle)], axis=1).astype(np.float32)
    cosine = np.clip(lamps @ vertex_normals(positions, triangles).T, 0, None)
    share = (cosine * see_lamps(positions, triangles, lamps)).sum(axis=0)
    return smooth((share / np.maximum(cosine.sum(axis=0), np.float32(1e-6))).astype(np.float32), triangles)


def lamp_shadow(positions: np.ndarray, triangles: np.ndarray, lamp: np.ndarray, width: float) -> np.ndarray:
    """Return the share (V,) of a lamp of angular radius `width` (radians) around `lamp` that each vertex sees."""
    across = np.cross(lamp, [0.0, 1.0, 0.0])
    across /= np.linalg.norm(across)
    upwards = np.cross(across, lamp)
    angles = np.arange(5) * 2 * np.pi / 5
    rim = lamp + width * (np.cos(angles)[:, None] * across + np.sin(angles)[:, None] * upwards)
    lamps = np.concatenate([lamp[None], rim])
    lamps /= np.linalg.norm(lamps, axis=1, keepdims=True)
    share = see_lamps(positions, triangles, lamps.astype(np.float32)).mean(axis=0)
    return smooth(share, triangles)


def smooth(values: np.ndarray, triangles: np.ndarray) -> np.ndarray:
    """Average values (V,) with those of the neighbouring vertices, once."""
    total = np.zeros_like(values, dtype=np.float64)
    count = np.zeros(len(values))
    for a, b in ((0, 1), (1, 2), (2, 0)):
        total += np.bincount(triangles[:, a], values[triangles[:, b]], len(values))
        count += np.bincount(triangles[:, a], minlength=len(values))
    neighbours = total / np.maximum(count, 1)
    return (0.5 * values + 0.5 * np.where(count > 0, neighbours, values)).astype(np.float32)
