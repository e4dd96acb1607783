"""Where the 68 landmarks of a rendered head lie in its picture.

Eyes, nose and lips are vertices of the mesh. Brows are those that are painted, which move with the skin below. The
outline is what annotators see: from the side, the edge of the cheek hides the jaw's, and counts.
"""

from collections.abc import Mapping
from functools import cache

import numpy as np
from scipy.spatial import KDTree

from videofer.core.landmarks import COUNT, NOSE_BASE
from videofer.datasets.rendered.basis import HeadBasis, Material
from videofer.datasets.rendered.clip import LINES, Scene, project, rotation_matrix
from videofer.datasets.rendered.geometry import vertex_normals
from videofer.datasets.rendered.head import Head
from videofer.datasets.rendered.scanned import load_scanned

OUTLINE = 17  # landmarks 0..16
STEPS = np.linspace(0, 0.55, 12)  # from a landmark of the outline towards the face's middle, as share of the way
LOWEST = 5.9  # of the skin that landmarks lie on, decimetres
# Where on a brow's line, from its root 0 to its end 5, the landmarks 22..26 lie, and how many half widths above it.
BROW_AT, BROW_ABOVE = (-0.45, 0.95, 2.4, 3.7, 4.8), (0.0, 0.5, 0.8, 0.8, 0.7)
# Where annotators place landmarks otherwise than the mesh's authors, on average: higher by so many decimetres (the
# chin's edge lies below its front, nostrils are lower than their wings), ...
HIGHER = {6: -0.015, 7: -0.04, 8: -0.035, 9: -0.04, 10: -0.015, 31: 0.03, 32: 0.012, 34: 0.012, 35: 0.03}
# ... or so large a share of the way to another landmark.
TOWARDS = {51: (62, 0.2), 61: (62, 0.3), 63: (62, 0.3), 65: (66, 0.35), 67: (66, 0.35)}


class PointMap:
    """Which vertices of the heads of one basis answer the landmarks, but those of the brows.

    vertices (68, K, 3) and weights alike: the corners of K places of which the outermost in the picture counts.
    """

    def __init__(self, basis: HeadBasis):
        self.average = basis.average
        triangles = basis.triangles[basis.materials == Material.SKIN]
        normals = vertex_normals(basis.average, basis.triangles)[triangles].mean(axis=1)
        seen = (normals[:, 2] > -0.4) & (basis.average[triangles, 1].min(axis=1) > LOWEST)
        self.front = triangles[seen]  # (F, 3) of the skin that is seen from the front
        scanned = load_scanned()
        places = scanned.average[scanned.landmarks]  # (68, 3), on the average designed head
        places[:OUTLINE] = space_evenly(places[:OUTLINE])
        skin = np.unique(triangles)
        own = basis.landmarks if hasattr(basis, "landmarks") else skin[KDTree(self.average[skin]).query(places)[1]]
        self.vertices = np.tile(own[:, None, None], (1, len(STEPS), 3))
        self.weights = np.full(self.vertices.shape, 1 / 3, dtype=np.float32)
        for number, (other, share) in TOWARDS.items():
            self.vertices[number, :, 2] = own[other]
            self.weights[number] = (1 - share) / 2, (1 - share) / 2, share
        for number, higher in HIGHER.items():
            places[number, 1] += higher
            self.vertices[number], self.weights[number] = self.find_skin(places[number, :2][None])
        middle = places[NOSE_BASE]
        for number in range(OUTLINE):
            along = places[number] + STEPS[:, None] * (middle - places[number])
            self.vertices[number], self.weights[number] = self.find_skin(along[:, :2])
        self.outwards = places[:, :2] - middle[:2]
        self.outwards /= np.linalg.norm(self.outwards, axis=1, keepdims=True) + 1e-9

    def find_skin(self, at: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return vertices (n, 3) and weights of the foremost skin at x, y (n, 2) of the average head.

        Where there is none, of the nearest vertex.
        """
        a, b, c = (self.average[self.front[:, corner], :2] for corner in range(3))
        area = cross(b - a, c - a)
        weights = np.stack(  # (n, F, 3)
            [cross(c - b, at[:, None] - b), cross(a - c, at[:, None] - c), cross(b - a, at[:, None] - a)], axis=-1
        ) / np.where(area == 0, np.nan, area)[:, None]  # fmt: skip
        depth = np.where((weights >= 0).all(axis=-1), self.average[self.front, 2].mean(axis=1), -np.inf)
        chosen = depth.argmax(axis=1)
        vertices = self.front[chosen]
        weights = weights[np.arange(len(at)), chosen].astype(np.float32)
        skin = np.unique(self.front)
        for number in np.flatnonzero(np.isinf(depth.max(axis=1))):
            nearest = np.hypot(*(self.average[skin, :2] - at[number]).T).argmin()
            vertices[number], weights[number] = skin[nearest], 1 / 3
        return vertices, weights

    def add_brows(self, identity: Mapping[str, np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
        """Return vertices and weights of a person, as of the class."""
        line = identity["brow"]
        at, knots = np.array(BROW_AT), np.arange(len(line))
        x, y, width = (np.interp(at, knots, column) for column in line.T)
        x += at.clip(max=0) * (line[1, 0] - line[0, 0])  # hairs begin before the line does
        slope, above = np.gradient(y, x), np.array(BROW_ABOVE)
        left = np.column_stack([x - above * width * slope, y + above * width])  # of the person, x > 0
        vertices, weights = self.vertices.copy(), self.weights.copy()
        for numbers, places in ((range(22, 27), left), (range(21, 16, -1), left * [-1, 1])):
            found, shares = self.find_skin(places)
            vertices[list(numbers)], weights[list(numbers)] = found[:, None], shares[:, None]
        return vertices, weights


def cross(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Return the cross products (...) of vectors (..., 2)."""
    return a[..., 0] * b[..., 1] - a[..., 1] * b[..., 0]


def space_evenly(line: np.ndarray) -> np.ndarray:
    """Return as many places (n, 3) at equal distances along a line (n, 3), as annotators place the outline."""
    way = np.concatenate([[0], np.linalg.norm(np.diff(line[:, :2], axis=0), axis=1).cumsum()])
    even = np.linspace(0, way[-1], len(line))
    return np.column_stack([np.interp(even, way, column) for column in line.T])


@cache
def map_points(basis: HeadBasis) -> PointMap:
    """Return the PointMap of a basis, once a process."""
    return PointMap(basis)


def locate_points(
    head: Head, basis: HeadBasis, positions: np.ndarray, poses: np.ndarray, scene: Scene
) -> np.ndarray:
    """Return the landmarks (T, 68, 2), x and y in pixels from the upper left edge of the picture.

    positions (T, P, 3): the head's vertices with expression; poses (T, 5): see animation.Performance.
    """
    points = map_points(basis)
    vertices, weights = points.add_brows(head.painted)
    landmarks = np.empty((len(poses), COUNT, 2), dtype=np.float32)
    for landmark, moved, pose in zip(landmarks, positions, poses, strict=True):
        shift = pose[3:] * (len(scene.background) / LINES)
        _, seen = project(head, moved, rotation_matrix(*pose[:3]), shift, scene)
        places = (seen[vertices][..., :2] * weights[..., None]).sum(axis=2)  # (68, K, 2)
        turn = -pose[2]  # roll, which turns the picture as seen
        outwards = points.outwards @ np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]])
        outwards = outwards * [1, -1]  # y down in the picture
        far = np.einsum("nkc,nc->nk", places, outwards).argmax(axis=1)
        landmark[:] = places[np.arange(COUNT), far]
    return landmarks
