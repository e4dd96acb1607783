"""Make scanned_basis.npz, the heads of scanned people, from ICT-FaceKit's light face model packed as one file.

    python -m tools.build_scanned_basis ict_face_light.npz videofer/datasets/rendered/scanned_basis.npz

The input has vertices (n, 3) in centimetres, quads (m, 4) whose triangles repeat a corner, and the displacements
`identity`, `expression` (k, n, 3) int16 with `identity_scale`, `expression_scale` and `expression_names`; the order
of its parts is that of the model. The mesh is thinned where no detail is seen, moved to where the heads of
head_basis.npz are, and each vertex learns which place of their average head it answers, so that skin and hair are
painted by the same recipe. The layout of the result is documented in videofer/datasets/rendered/scanned.py. Running
this twice gives the same bytes.
"""

import argparse
from pathlib import Path

import numpy as np
from scipy.interpolate import RBFInterpolator
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components
from scipy.spatial import KDTree

from videofer.core.landmarks import MIRROR_ORDER
from videofer.datasets.rendered.basis import BASE_STEP, GROUPS, MASKS, TARGET_STEP, HeadBasis, load_basis
from videofer.datasets.rendered.clip import Scene, draw_frame, expose, project, split_texture
from videofer.datasets.rendered.geometry import vertex_normals
from videofer.datasets.rendered.head import Head
from videofer.datasets.rendered.identity import create_identity, locate_texels
from videofer.datasets.rendered.scanned import MODES, TEXTURE_SHAPE, ScannedBasis
from videofer.faces.detect import find_landmarks
from videofer.faces.landmark_model import load_landmark_model
from videofer.faces.search import load_detector

# Last quad of each part, the group that it is drawn as, and the size of the cells that its mesh is thinned to,
# centimetres; what comes after the eyeballs and before the lashes is fluid that is not drawn.
PARTS = (
    (9229, "body", 0.45), (11143, "body", 0.9), (13225, "mouth", 0.6), (14033, "mouth", 0.5), (17005, "gums", 0.45),
    (21495, "teeth", 0.2), (24691, "eyes", 0.4), (26384, "lashes", 0.15),
)  # fmt: skip
FIRST_LASH, LID = 25351, 3.25  # first vertex of the lashes; height of the middle of the eyes
KEPT = 1.1  # centimetres around a landmark of brows, eyes, nose and mouth within which no vertex is taken out
# Vertices that answer the 68 landmarks, in their order.
LANDMARKS = (
    1278, 1272, 12, 1834, 243, 781, 2199, 1447, 966, 3661, 4390, 3022, 2484, 4036, 2253, 3490, 3496, 268, 493, 1914,
    2044, 1401, 3615, 4240, 4114, 2734, 2509, 978, 4527, 4942, 4857, 1140, 2075, 1147, 4269, 3360, 1507, 1542, 1537,
    1528, 1518, 1511, 3742, 3751, 3756, 3721, 3725, 3732, 5708, 5695, 2081, 0, 4275, 6200, 6213, 6346, 6461, 5518,
    5957, 5841, 5702, 5711, 5533, 6216, 6207, 6470, 5517, 5966,
)  # fmt: skip
INNER = np.arange(17, 68)  # landmarks that both heads have on the surface
COMPARED = 24  # rendered heads on which landmarks are found


def place_landmarks(basis: HeadBasis) -> np.ndarray:
    """Return where on the average rendered head the 68 landmarks lie (68, 3): what dlib finds, over many heads."""
    detector, model = load_detector("hog", 0, None), load_landmark_model("dlib")
    skin = np.unique(basis.triangles[np.isin(basis.materials, [0])])
    skin = skin[vertex_normals(basis.average, basis.triangles)[skin, 2] > 0.1]
    apart, still = np.zeros((68, len(skin))), np.eye(3, dtype=np.float32)
    for number in range(COMPARED):
        rng = np.random.default_rng(number)
        head = Head(basis, create_identity(basis, rng)[0])
        scene = Scene(384, 384, rng)
        light = np.stack([head.occlusion, np.ones_like(head.occlusion)], axis=1)
        picture = draw_frame(head, head.rest, light, split_texture(head.painted["texture"])[0], np.zeros(5), scene)
        grey = expose(picture, scene, rng).mean(axis=-1).astype(np.uint8)
        found = detector(grey)
        if not found:
            continue
        box = max(found, key=lambda each: each[1])[0]
        points = find_landmarks(grey[None], np.array([box], dtype=float), model)[0] + 0.5
        seen = project(head, head.rest, still, np.zeros(2), scene)[1][skin, :2]
        apart += ((points[:, None] - seen) ** 2).sum(axis=-1)
    placed = basis.average[skin[apart.argmin(axis=1)]].astype(np.float64)
    return (placed + placed[list(MIRROR_ORDER)] * [-1, 1, 1]) / 2


def thin(points: np.ndarray, cells: np.ndarray, parts: np.ndarray) -> np.ndarray:
    """Return for each vertex (n,) the one that stands for it: itself where its cell is 0, else one of its cell."""
    keys = np.where(
        cells[:, None] > 0, np.floor(points / np.maximum(cells, 1e-9)[:, None]), np.arange(len(points))[:, None]
    )
    keys = np.concatenate([keys, parts[:, None], cells[:, None]], axis=1)
    _, cell = np.unique(keys, axis=0, return_inverse=True)
    count = np.bincount(cell)
    middle = np.stack([np.bincount(cell, column) / count for column in points.T], axis=1)
    away = ((points - middle[cell]) ** 2).sum(axis=1)
    order = np.lexsort([away, cell])
    first = order[np.searchsorted(cell[order], np.arange(len(count)))]
    return first[cell]


def fit_similarity(source: np.ndarray, target: np.ndarray) -> tuple[float, np.ndarray, np.ndarray]:
    """Return size, rotation (3, 3) and shift (3,) that take source to target (n, 3) (Umeyama 1991)."""
    a, b = source - source.mean(axis=0), target - target.mean(axis=0)
    u, strengths, v = np.linalg.svd(b.T @ a)
    flip = np.diag([1, 1, np.sign(np.linalg.det(u @ v))])
    rotation = u @ flip @ v
    size = float((strengths * np.diag(flip)).sum() / (a**2).sum())
    return size, rotation, target.mean(axis=0) - size * rotation @ source.mean(axis=0)


def anchor(points: np.ndarray) -> np.ndarray:
    """Return places that any head has (7, 3): crown, back, widest points above and at the ears, under the chin."""
    x, y, z = points.T
    top = points[y.argmax()]
    above = (y > 7.6) & (y < 7.9)
    ears = (y > 6.9) & (y < 7.4) & (z < 0.6)
    sides = [points[np.where(part, side * x, -9).argmax()] for part in (above, ears) for side in (1, -1)]
    back = points[np.where(y > 7.2, -z, -9).argmax()]
    middle = [top * [0, 1, 1], back * [0, 1, 1]]
    return np.array(middle + sides)


def build(source: Path, out: Path) -> None:
    """Write scanned_basis.npz."""
    model = dict(np.load(source))
    points = model["vertices"].astype(np.float64)
    designed = load_basis()
    landmarks = place_landmarks(designed)
    size, rotation, shift = fit_similarity(points[list(LANDMARKS)][INNER], landmarks[INNER])
    moved = size * points @ rotation.T + shift

    # Triangles, their groups, and the thinned vertices.
    quads = model["quads"]
    part = np.searchsorted([last for last, _, _ in PARTS], np.arange(len(quads)))
    # Lashes of the lower lids are left out: of their whole length they would look like paint.
    lashes = (quads.min(axis=1) >= FIRST_LASH) & (points[quads, 1].mean(axis=1) > LID)
    drawn = (part < 7) | lashes
    quads, part = quads[drawn], part[drawn]
    links = coo_matrix(
        (np.ones(3 * len(quads)), (np.tile(quads[:, 0], 3), quads[:, 1:].T.ravel())), (len(points),) * 2
    )
    piece = connected_components(links)[1]
    cells = np.zeros(len(points))
    for number, (_, _, cell) in enumerate(PARTS):
        cells[np.unique(quads[part == number])] = cell
    near = KDTree(points[list(LANDMARKS)][INNER]).query(points)[0] < KEPT
    face = np.isin(np.arange(len(points)), quads[part == 0])
    cells[face & near] = 0
    cells[face & (points[:, 2] < 1)] = 0.9
    cells[list(LANDMARKS)] = 0
    stands = thin(points, cells, piece)
    triangles = np.concatenate([quads[:, [0, 1, 2]], quads[:, [0, 2, 3]]])
    part = np.tile(part, 2)
    triangles = stands[triangles]
    whole = (
        (triangles[:, 0] != triangles[:, 1])
        & (triangles[:, 1] != triangles[:, 2])
        & (triangles[:, 0] != triangles[:, 2])
    )
    triangles, part = triangles[whole], part[whole]
    kept = np.unique(np.concatenate([triangles.ravel(), LANDMARKS]))
    triangles = np.searchsorted(kept, triangles)
    base = moved[kept]

    # Where on the average designed head each vertex lies: near the landmarks as these do, else as the head does.
    skin = designed.average[np.unique(designed.triangles[designed.materials == 0])]
    body = base[np.unique(triangles[part <= 1])]
    ends = np.concatenate([moved[list(LANDMARKS)][INNER], anchor(body)])
    targets = np.concatenate([landmarks[INNER], anchor(skin)])
    warp = RBFInterpolator(ends, targets - ends, kernel="linear", smoothing=0.02)
    placed = base + warp(base)

    groups = name_groups(part, base, triangles)
    units = {}
    for name, field, scale in zip(
        model["expression_names"].tolist(), model["expression"], model["expression_scale"], strict=True
    ):
        stem, _, side = name.partition("_")
        stem = {"cheekRaiser": "cheekSquint"}.get(stem, stem)
        unit = stem if stem in designed.units else stem + {"L": "Left", "R": "Right", "": ""}[side]
        if unit in designed.units:
            offset = size * (field[kept].astype(np.float64) * scale) @ rotation.T
            units[unit] = units.get(unit, 0) + offset
    modes = [
        size * (field[kept].astype(np.float64) * scale) @ rotation.T
        for field, scale in zip(model["identity"][:MODES], model["identity_scale"], strict=False)
    ]
    write(out, base, placed, triangles, groups, units, np.array(modes), np.searchsorted(kept, LANDMARKS), designed)


def name_groups(part: np.ndarray, base: np.ndarray, triangles: np.ndarray) -> np.ndarray:
    """Return the index into GROUPS of each triangle; one more is the mouth's inside."""
    order = list(GROUPS)
    middle = base[triangles].mean(axis=1)
    # The gap between the rows of teeth lies between their two middles.
    teeth = middle[part == 5, 1]
    gap = (teeth.min() + teeth.max()) / 2
    left, upper = middle[:, 0] > 0, middle[:, 1] > gap
    names = np.array([name for _, name, _ in PARTS])[part]
    result = np.full(len(part), order.index("body"), dtype=np.uint8)
    result[names == "mouth"] = len(order)
    result[names == "gums"] = order.index("helper-tongue")
    for name, first, second, side in (
        ("eyes", "helper-l-eye", "helper-r-eye", left),
        ("teeth", "helper-upper-teeth", "helper-lower-teeth", upper),
        ("lashes", "helper-l-eyelashes-2", "helper-r-eyelashes-2", left),
    ):
        result[names == name] = np.where(side, order.index(first), order.index(second))[names == name]
    return result


def write(
    out: Path, base: np.ndarray, placed: np.ndarray, triangles: np.ndarray, groups: np.ndarray,
    units: dict[str, np.ndarray], modes: np.ndarray, landmarks: np.ndarray, designed: HeadBasis,
) -> None:  # fmt: skip
    """Quantise and write the arrays; the masks of the skin are those of the designed head's nearest place."""
    centre = base.mean(axis=0).round(4)
    scale = np.abs(modes).max(axis=(1, 2)) / 127
    counts, indices, offsets, names = [], [], [], sorted(units)
    for name in names:
        steps = np.round(units[name] / TARGET_STEP).astype(np.int64)
        moved = np.flatnonzero(steps.any(axis=1))
        counts.append(len(moved))
        indices.append(np.diff(moved, prepend=0))
        offsets.append(steps[moved].T)
    arrays = {
        "centre": centre,
        "base": np.round((base - centre) / BASE_STEP).astype(np.int16),
        "placed": np.round((placed - centre) / BASE_STEP).clip(-32767, 32767).astype(np.int16),
        "triangles": triangles.astype(np.uint16),
        "groups": groups,
        "landmarks": landmarks.astype(np.uint16),
        "modes": np.round(modes / scale[:, None, None]).astype(np.int8),
        "mode_scale": scale.astype(np.float32),
        "names": np.array(names),
        "counts": np.array(counts, dtype=np.int32),
        "indices": np.concatenate(indices).astype(np.int16),
        "offsets": np.concatenate(offsets, axis=1).astype(np.int16),
    }
    arrays |= {f"mask_{mask}": np.zeros(TEXTURE_SHAPE, dtype=np.uint8) for mask in MASKS}
    np.savez_compressed(out, **arrays)
    at = locate_texels(ScannedBasis(out))
    used, located = ~np.isnan(at[..., 0]), locate_texels(designed)
    known = ~np.isnan(located[..., 0])
    nearest = KDTree(located[known]).query(at[used])[1]
    for mask in MASKS:
        arrays[f"mask_{mask}"][used] = np.round(designed.masks[mask][known][nearest] * 255).astype(np.uint8)
    np.savez_compressed(out, **arrays)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("source", type=Path)
    parser.add_argument("out", type=Path)
    arguments = parser.parse_args()
    build(arguments.source, arguments.out)
