"""Hair that grows on a head, and a head with its hair made ready for drawing.

Positions that decide on hair are those of the average head, see identity.py.
"""

from collections.abc import Mapping

import numpy as np

from videofer.datasets.rendered.basis import HeadBasis, Material, Traits
from videofer.datasets.rendered.geometry import smoothstep, vertex_normals

COLUMNS, ROWS = 40, 12  # of the sheet of hair that hangs
# Where its inside always lies behind the head: rows at the top, columns at the back.
HIDDEN_ROWS, HIDDEN_COLUMNS = 3, slice(17, 22)


class HairStyle:
    """How a subject with `traits` wears hair, long, short, cropped or shaven; decimetres."""

    def __init__(self, traits: Traits, rng: np.random.Generator) -> None:
        female = traits.gender < 0.5
        shares = [0.6, 0.4, 0, 0] if female else [0.04, 0.64, 0.2, 0.12]
        kind = str(rng.choice(["long", "short", "cropped", "shaven"], p=shares))
        receding = 0.0 if female else max(0.0, rng.normal(0.02, 0.05) + 0.25 * (traits.age - 0.6))
        full = {"long": 1.0, "short": 1.0, "cropped": 0.15, "shaven": 0.0}[kind]
        self.hairline = 7.84 + rng.normal() * 0.03 + receding  # its height above the forehead's middle
        self.temples = rng.uniform(0.0, 0.06) + receding  # how far it recedes beside it
        # x where the hair parts, and how far it falls over the forehead on the wide side of the parting.
        self.parting = float(rng.choice([-1, 1]) * rng.uniform(0.0, 0.35))
        self.fringe = rng.uniform(0.0, 0.16) * full
        self.sides = 0.015 + rng.uniform(0.04, 0.10) * full  # volume at the sides
        self.top = 0.01 + rng.uniform(0.05, 0.17) * full  # volume on top
        # Share of the scalp that is covered.
        self.density = {"cropped": rng.uniform(0.7, 0.9), "shaven": rng.uniform(0.25, 0.5)}.get(kind, 1.0)
        # Height at which hanging hair ends; None: nothing hangs.
        self.length = rng.uniform(5.75, 6.7) if kind == "long" else None
        self.wave = rng.uniform(0.0, 0.05)  # size of the waves
        self.phase = rng.uniform(0, 2 * np.pi, 6)  # of all that is irregular


def depth_behind_hairline(style: HairStyle, at: np.ndarray) -> np.ndarray:
    """Return how far (n,) positions (n, 3) lie behind the hairline, negative on the face, decimetres."""
    x, y, z = at.T
    p = style.phase
    apart = x - style.parting
    wide = apart if style.parting < 0 else -apart
    fringe = style.fringe * smoothstep(wide, 0.0, 0.35) * (1 - smoothstep(np.abs(x), 0.45, 0.65))
    height = style.hairline - fringe + 0.012 * np.sin(9 * x + p[0]) + 0.008 * np.sin(23 * x + p[1])
    # A plane that rises from the ears to the forehead, hollow at the temples.
    behind = (y - height) * 0.755 - (z - 1.15) * 0.655
    behind = behind - style.temples * np.exp(-(((np.abs(x) - 0.48) / 0.16) ** 2))
    burns = np.minimum(0.56 + 0.02 * np.sin(12 * y + p[2]) - z, (y - 7.02) * 0.6)
    return np.maximum(behind, np.where(np.abs(x) > 0.5, burns, -1)).astype(np.float32)


def grow_hair(basis: HeadBasis, shape: np.ndarray, style: HairStyle) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the head `shape` (V, 3) with the volume of its hair, and the hair that hangs.

    The latter as vertices (H, 3) and triangles (T, 3), none for short hair.
    """
    average = basis.average
    scalp = smoothstep(depth_behind_hairline(style, average), -0.02, 0.35) * smoothstep(average[:, 1], 6.3, 6.7)
    scalp[basis.corner_vertex[basis.find_region("ears", basis.texture_points)]] = 0
    top = smoothstep(average[:, 1], 7.5, 8.2)
    p = style.phase
    x, y, z = average.T
    uneven = 1 + 0.18 * np.sin(7 * x + 3 * z + p[3]) + 0.12 * np.sin(13 * z - 9 * x + 5 * y + p[4])
    volume = scalp * (style.sides + style.top * top) * uneven
    grown = shape + volume[:, None].astype(np.float32) * vertex_normals(shape, basis.triangles[basis.groups == 0])
    if style.length is None:
        return grown, np.zeros((0, 3), dtype=np.float32), np.zeros((0, 3), dtype=np.int64)
    return grown, *hang_hair(grown, average, style)


def hang_hair(grown: np.ndarray, average: np.ndarray, style: HairStyle) -> tuple[np.ndarray, np.ndarray]:
    """Return vertices (H, 3) and triangles (T, 3) of a two-sided sheet around the head, open at the face."""
    height = average[:, 1]
    skull = grown[(height > 7.5) & (height < 8.0)]
    ears = grown[(height > 7.0) & (height < 7.5)]
    crown = grown[height > 7.0][:, 1].max()
    back = skull[:, 2].min()
    middle = back + 0.95
    deep = middle - back + 0.03
    p = style.phase
    share = np.linspace(0, 1, ROWS)[:, None]
    start = crown + 0.01
    shift = (grown - average)[height > 7.0, 1].mean()
    angle = np.linspace(-1, 1, COLUMNS)[None, :]
    opening = np.radians(66 + 8 * np.sin(p[5]) + 10 * share + 2 * np.sin(7 * share + p[4]))
    turn = np.pi - angle * (np.pi - opening)
    ends = style.length + shift + 0.03 * np.sin(5 * turn + p[0]) + 0.02 * np.sin(13 * turn + p[1])
    y = start + (ends - start) * share**1.3  # denser on the round part
    # Round and close to the skull above, straight and around the ears below, narrower or wider at the ends.
    above, below = np.abs(skull[:, 0]).max() + 0.03, np.abs(ears[:, 0]).max() + 0.02
    wide = above + (below - above) * smoothstep(7.75 + shift - y, 0.0, 0.45)
    lifted = np.clip((y - 7.35 - shift) / (crown + 0.015 - 7.35 - shift), 0, 1)
    radius = np.sqrt(1 - lifted**2) * (1 - 0.10 * smoothstep(7.2 + shift - y, 0.0, 1.4) * np.cos(p[2]))
    radius = (
        radius + 0.015 * np.sin(9 * turn + p[3]) + style.wave * share * np.sin(7 * (y + 0.1 * np.sin(3 * turn)))
    )
    sheet = np.stack([wide * radius * np.sin(turn), y, middle + deep * radius * np.cos(turn)], axis=-1)
    outside = sheet.reshape(-1, 3).astype(np.float32)
    inside = outside * np.float32([0.985, 1, 0.985])
    index = np.arange(ROWS * COLUMNS).reshape(ROWS, COLUMNS)
    a, b, c, d = index[:-1, :-1], index[:-1, 1:], index[1:, 1:], index[1:, :-1]
    cells = np.stack([a, b, c, a, c, d], axis=-1).reshape(ROWS - 1, COLUMNS - 1, 2, 3)
    inner = np.delete(cells[HIDDEN_ROWS:], HIDDEN_COLUMNS, axis=1).reshape(-1, 3)
    triangles = np.concatenate([cells.reshape(-1, 3), inner[:, ::-1] + len(outside)])
    return np.concatenate([outside, inside]), triangles


class Head:
    """An identity's head for the renderer: P vertices (mesh, then hanging hair), F triangles; decimetres."""

    def __init__(self, basis: HeadBasis, identity: Mapping[str, np.ndarray]) -> None:
        average, hair = basis.average, identity["hair_vertices"]
        hair_triangles = identity["hair_triangles"] + len(average)
        placed = np.concatenate([average, hair])
        self.painted = identity  # texture and colours, see identity.paint_head
        self.triangles = np.concatenate([basis.triangles, hair_triangles])  # (F, 3) of vertices
        self.materials = np.pad(basis.materials, (0, len(hair_triangles)), constant_values=Material.HAIR)  # (F,)
        # (F, 3, 2) texture pixels of the corners
        at = basis.texture_points[basis.corners] - np.float32(0.5)
        self.texture_at = np.pad(at, ((0, len(hair_triangles)), (0, 0), (0, 0)))

        self.rest = np.concatenate([identity["shape"], hair])  # (P, 3) the vertices without expression
        # (P, 3) direction from the centre of its eyeball, 0 for all but eyes
        self.eye_axis = np.zeros_like(self.rest)
        centres = []
        for group in ("helper-l-eye", "helper-r-eye"):
            ball = basis.group_vertices(group)
            low, high = basis.base[ball].min(axis=0), basis.base[ball].max(axis=0)
            self.eye_axis[ball] = (basis.base[ball] - (low + high) / 2) / ((high[0] - low[0]) / 2)
            centres.append(identity["shape"][ball].mean(axis=0))
        self.eyes = np.mean(centres, axis=0)  # (3,) the point between the eyes
        self.pivot = np.array([0, self.eyes[1] - 1.35, 0.15], dtype=np.float32)  # (3,) what the head turns about
        # Eyelashes are pulled back into the lids as far as they are short; teeth stay clear of pressed lips.
        short = 0.05 * (1 - identity["lashes"][0])
        for group, distance in (
            ("helper-l-eyelashes-2", short),
            ("helper-r-eyelashes-2", short),
            ("helper-upper-teeth", 0.03),
            ("helper-lower-teeth", 0.03),
        ):
            self.rest[basis.group_vertices(group), 2] -= np.float32(distance)

        self.units = np.zeros((len(basis.units), *self.rest.shape), dtype=np.float32)  # (U, P, 3) their offsets
        for offsets, unit in zip(self.units, basis.units, strict=True):
            basis.add_target(offsets, f"unit/{unit}", 1.0)
        # (P,) share of the head's rotation that reaches a vertex
        turning = smoothstep(average[:, 1], 5.5, 6.3).astype(np.float32)
        self.turning = np.pad(turning, (0, len(hair)), constant_values=1)
        neckline = 5.50 + 0.32 * np.minimum(np.abs(placed[:, 0]), 1) ** 1.5 + identity["collar"][0]
        self.collar = (placed[:, 1] - neckline).astype(np.float32)  # (P,) height above the neckline
        # (P, 3) direction of the hair: backwards on top, down at the sides
        top = smoothstep(placed[:, 1], 7.6, 8.3)[:, None]
        strand = top * [0.0, -0.2, -1.0] + (1 - top) * [0.0, -1.0, -0.35]
        self.strand = (strand / np.linalg.norm(strand, axis=1, keepdims=True)).astype(np.float32)
        # (P,) its angle around the head
        self.strand_angle = np.arctan2(placed[:, 0], 0.3 - placed[:, 2]).astype(np.float32)
        self.occlusion = identity["occlusion"]  # (P,) share of the sky that a vertex sees
