"""Hair: a style, the part of the scalp that it covers, its volume, and what hangs around the head.

Positions are those of the average head, see texture.py.
"""

from dataclasses import dataclass

import numpy as np

from videofer.datasets.rendered.basis import GROUPS, HeadBasis
from videofer.datasets.rendered.geometry import smoothstep, vertex_normals
from videofer.datasets.rendered.shape import Traits

COLUMNS, LINES = 40, 12  # of the sheet of hair that hangs
# Where its inside always lies behind the head: lines at the top, columns at the back.
HIDDEN_LINES, HIDDEN_COLUMNS = 3, slice(17, 22)


@dataclass(frozen=True)
class HairStyle:
    """How a subject wears hair; decimetres."""

    hairline: float  # height of the hairline above the forehead's middle
    temples: float  # how far it recedes beside it
    parting: float  # x where the hair parts
    fringe: float  # how far it falls over the forehead on the wide side of the parting
    sides: float  # volume at the sides
    top: float  # volume on top
    density: float  # share of the scalp that is covered
    length: float | None  # height at which hanging hair ends; None: nothing hangs
    wave: float  # size of the waves
    phase: np.ndarray  # (6,) of all that is irregular


def draw_style(traits: Traits, rng: np.random.Generator) -> HairStyle:
    """Draw a style: long, short, cropped or shaven."""
    female = traits.gender < 0.5
    kind = rng.choice(
        ["long", "short", "cropped", "shaven"], p=[0.6, 0.4, 0, 0] if female else [0.04, 0.64, 0.2, 0.12]
    )
    receding = 0.0 if female else max(0.0, rng.normal(0.02, 0.05) + 0.25 * (traits.age - 0.6))
    full = {"long": 1.0, "short": 1.0, "cropped": 0.15, "shaven": 0.0}[kind]
    return HairStyle(
        hairline=7.84 + rng.normal() * 0.03 + receding,
        temples=rng.uniform(0.0, 0.06) + receding,
        parting=float(rng.choice([-1, 1]) * rng.uniform(0.0, 0.35)),
        fringe=rng.uniform(0.0, 0.16) * full,
        sides=0.015 + rng.uniform(0.04, 0.10) * full,
        top=0.01 + rng.uniform(0.05, 0.17) * full,
        density={"cropped": rng.uniform(0.7, 0.9), "shaven": rng.uniform(0.25, 0.5)}.get(str(kind), 1.0),
        length=rng.uniform(5.75, 6.7) if kind == "long" else None,
        wave=rng.uniform(0.0, 0.05),
        phase=rng.uniform(0, 2 * np.pi, 6),
    )


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


def grow_hair(
    basis: HeadBasis, average: np.ndarray, shape: np.ndarray, style: HairStyle
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the head `shape` (V, 3) with the volume of its hair, and the hair that hangs.

    The latter as vertices (H, 3) and triangles (T, 3), none for short hair.
    """
    skin = basis.corner_vertex[basis.triangles[basis.groups == GROUPS.index("body")]]
    scalp = smoothstep(depth_behind_hairline(style, average), -0.02, 0.35) * smoothstep(average[:, 1], 6.3, 6.7)
    scalp[basis.vertices_in("ears")] = 0
    top = smoothstep(average[:, 1], 7.5, 8.2)
    p = style.phase
    x, y, z = average.T
    uneven = 1 + 0.18 * np.sin(7 * x + 3 * z + p[3]) + 0.12 * np.sin(13 * z - 9 * x + 5 * y + p[4])
    volume = scalp * (style.sides + style.top * top) * uneven
    grown = shape + volume[:, None].astype(np.float32) * vertex_normals(shape, skin)
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
    share = np.linspace(0, 1, LINES)[:, None]
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
    index = np.arange(LINES * COLUMNS).reshape(LINES, COLUMNS)
    a, b, c, d = index[:-1, :-1], index[:-1, 1:], index[1:, 1:], index[1:, :-1]
    cells = np.stack([a, b, c, a, c, d], axis=-1).reshape(LINES - 1, COLUMNS - 1, 2, 3)
    inner = np.delete(cells[HIDDEN_LINES:], HIDDEN_COLUMNS, axis=1).reshape(-1, 3)
    triangles = np.concatenate([cells.reshape(-1, 3), inner[:, ::-1] + len(outside)])
    return np.concatenate([outside, inside]), triangles
