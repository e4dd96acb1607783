"""A subject made ready for drawing: one list of triangles with materials, and what each vertex carries."""

from dataclasses import dataclass
from enum import IntEnum

import numpy as np

from videofer.datasets.rendered.basis import GROUPS, HeadBasis
from videofer.datasets.rendered.geometry import smoothstep
from videofer.datasets.rendered.shape import AVERAGE, shape_head

Material = IntEnum("Material", ["SKIN", "TORSO", "MOUTH", "EYE", "TEETH", "TONGUE", "LASH", "HAIR"], start=0)
# Of the groups of the basis, in their order.
GROUP_MATERIALS = (
    *(Material.SKIN, Material.EYE, Material.EYE, Material.TEETH, Material.TEETH, Material.TONGUE),
    *(Material.LASH, Material.LASH),
)


@dataclass(frozen=True)
class Head:
    """A subject's head for the renderer: P vertices (mesh, then hanging hair), F triangles; decimetres."""

    rest: np.ndarray  # (P, 3) the vertices without expression
    triangles: np.ndarray  # (F, 3) of vertices
    materials: np.ndarray  # (F,)
    texture_at: np.ndarray  # (F, 3, 2) texture pixels of the corners
    eye_axis: np.ndarray  # (P, 3) direction from the centre of its eyeball, for eyes
    collar: np.ndarray  # (P,) height above the neckline
    turning: np.ndarray  # (P,) share of the head's rotation that reaches a vertex
    strand: np.ndarray  # (P, 3) direction of the hair
    strand_angle: np.ndarray  # (P,) of the hair around the head
    occlusion: np.ndarray  # (P,) share of the sky that a vertex sees
    eyes: np.ndarray  # (3,) the point between the eyes
    pivot: np.ndarray  # (3,) what the head turns about
    units: np.ndarray  # (U, P, 3) offsets of the face units
    painted: dict[str, np.ndarray]  # texture and colours, see texture.paint_head


def prepare_head(basis: HeadBasis, identity: dict[str, np.ndarray]) -> Head:
    """Make the head of an identity artifact (see identity.draw_identity) ready for drawing."""
    average = shape_head(basis, AVERAGE)
    hair = identity["hair_vertices"]
    hair_triangles = identity["hair_triangles"] + len(average)
    height, width, _ = identity["texture"].shape
    at = basis.texture_points(height, width)[basis.triangles] - np.float32(0.5)
    texture_at = np.concatenate([at, np.zeros((len(hair_triangles), 3, 2), dtype=np.float32)])

    rest = np.concatenate([identity["shape"], hair])
    eye_axis, eyes = locate_eyes(basis, identity["shape"], len(rest))
    units = np.zeros((len(basis.units), len(rest), 3), dtype=np.float32)
    for offsets, unit in zip(units, basis.units, strict=True):
        basis.add_target(offsets, f"unit/{unit}", 1.0)
    # Eyelashes are pulled back into the lids as far as they are short; teeth stay clear of pressed lips.
    short = 0.05 * (1 - identity["lashes"][0])
    for group, distance in (
        *(("helper-l-eyelashes-2", short), ("helper-r-eyelashes-2", short)),
        *(("helper-upper-teeth", 0.03), ("helper-lower-teeth", 0.03)),
    ):
        rest[basis.group_vertices(group), 2] -= np.float32(distance)
    placed = np.concatenate([average, hair])
    neckline = 5.50 + 0.32 * np.minimum(np.abs(placed[:, 0]), 1) ** 1.5 + identity["collar"][0]
    return Head(
        rest=rest,
        triangles=np.concatenate([basis.corner_vertex[basis.triangles], hair_triangles]),
        materials=assign_materials(basis, len(hair_triangles)),
        texture_at=texture_at,
        eye_axis=eye_axis,
        collar=(placed[:, 1] - neckline).astype(np.float32),
        turning=np.concatenate([smoothstep(average[:, 1], 5.5, 6.3), np.ones(len(hair))]).astype(np.float32),
        strand=comb(placed),
        strand_angle=np.arctan2(placed[:, 0], 0.3 - placed[:, 2]).astype(np.float32),
        occlusion=identity["occlusion"],
        eyes=eyes,
        pivot=np.array([0, eyes[1] - 1.35, 0.15], dtype=np.float32),
        units=units,
        painted=identity,
    )


def assign_materials(basis: HeadBasis, hair_triangles: int) -> np.ndarray:
    """Return the material (F,) of every triangle, those of hanging hair last."""
    materials = np.array(GROUP_MATERIALS, dtype=np.uint8)[basis.groups]
    on_head = basis.head_triangles
    materials[(basis.groups == GROUPS.index("body")) & ~on_head] = Material.TORSO
    mouth = basis.masks["inside-mouth"]
    height, width = mouth.shape
    middle = basis.texture_points(height, width)[basis.triangles].mean(axis=1).astype(np.int64)
    column, row = middle[:, 0].clip(0, width - 1), middle[:, 1].clip(0, height - 1)
    materials[(mouth[row, column] > 0.5) & on_head] = Material.MOUTH
    return np.concatenate([materials, np.full(hair_triangles, Material.HAIR, dtype=np.uint8)])


def locate_eyes(basis: HeadBasis, shape: np.ndarray, vertices: int) -> tuple[np.ndarray, np.ndarray]:
    """Return directions from the eyeballs' centres (vertices, 3), 0 elsewhere, and the point between them."""
    axis = np.zeros((vertices, 3), dtype=np.float32)
    centres = []
    for group in ("helper-l-eye", "helper-r-eye"):
        ball = basis.group_vertices(group)
        low, high = basis.base[ball].min(axis=0), basis.base[ball].max(axis=0)
        axis[ball] = (basis.base[ball] - (low + high) / 2) / ((high[0] - low[0]) / 2)
        centres.append(shape[ball].mean(axis=0))
    return axis, np.mean(centres, axis=0)


def comb(positions: np.ndarray) -> np.ndarray:
    """Return the direction of hair (P, 3) at positions on the average head: backwards on top, down at the sides."""
    top = smoothstep(positions[:, 1], 7.6, 8.3)[:, None]
    direction = top * [0.0, -0.2, -1.0] + (1 - top) * [0.0, -1.0, -0.35]
    return (direction / np.linalg.norm(direction, axis=1, keepdims=True)).astype(np.float32)
