"""A demo subject: head shape, skin, hair and eyes, drawn from the head basis with a seed.

Skin, lips, brows, beard and scalp are painted as one texture over UV_WINDOW. Everything is placed by where a texel
lies on the average head (decimetres: x to the subject's left, y up, eyes at y = 7.32, mouth at 6.70, tip of the
nose at 6.95, hairline near 7.95), so that one recipe fits every subject. Colours are linear; the texture keeps
their square roots, which is nearly even for the eye in 8 bits.
"""

from pathlib import Path

import numpy as np

from videofer.core.artifacts import write_arrays
from videofer.datasets.rendered import geometry, parse_name
from videofer.datasets.rendered.animation import WRINKLES, activate_unit
from videofer.datasets.rendered.basis import HeadBasis, Traits, draw_traits, load_basis
from videofer.datasets.rendered.geometry import smoothstep
from videofer.datasets.rendered.head import HairStyle, depth_behind_hairline, grow_hair
from videofer.datasets.rendered.scanned import load_scanned

# Action units that a subject's resting face may show a trace of.
RESTING_UNITS = (4, 7, 12, 15, 17, 26)
CHANNELS = ("red", "green", "blue", "hair", "gloss", *WRINKLES)
FIRST_WRINKLE = len(CHANNELS) - len(WRINKLES)
# sRGB of an evenly lit cheek.
SKIN_TONES = {"caucasian": (224, 178, 152), "asian": (216, 170, 141), "african": (116, 82, 65)}
HAIR_COLOURS = (  # linear
    (0.016, 0.013, 0.011),  # black
    (0.045, 0.026, 0.016),  # dark brown
    (0.105, 0.058, 0.031),  # brown
    (0.36, 0.25, 0.13),  # blond
    (0.21, 0.075, 0.028),  # red
)
GREY_HAIR = (0.42, 0.41, 0.39)
IRIS_COLOURS = (  # linear
    (0.060, 0.028, 0.014),  # dark brown
    (0.13, 0.064, 0.026),  # brown
    (0.13, 0.22, 0.33),  # blue
    (0.14, 0.19, 0.10),  # green
)
BROW = np.array([[0.085, 7.470], [0.17, 7.498], [0.27, 7.522], [0.37, 7.522], [0.45, 7.495], [0.54, 7.440]])
BROW_WIDTH = np.array([0.85, 1.10, 1.0, 0.85, 0.6, 0.25])


def draw_identity(subject: str, seed: int, out_path: str | Path, style: str = "posed") -> None:
    """Draw the subject "S001" of the data set with `seed` and write it as an artifact of the format "identity".

    style: "posed" draws a designed head, "acted" that of a scanned person.

    Arrays: shape (V, 3) vertices with hair volume; rest (52,) resting face units; texture uint8 (H, W, channels)
    and colours, see paint_head; hair_vertices (H, 3), hair_triangles (T, 3): the hair that hangs, may be none;
    occlusion (V + H,): share of the sky that a vertex sees.
    """
    basis = load_scanned() if style == "acted" else load_basis()
    arrays, traits = create_identity(basis, np.random.default_rng([seed, parse_name(subject)[0]]))
    parameters = {"subject": subject, "seed": seed, "gender": round(traits.gender, 3), "age": round(traits.age, 3)}
    write_arrays(out_path, "identity", arrays, parameters)


def create_identity(basis: HeadBasis, rng: np.random.Generator) -> tuple[dict[str, np.ndarray], Traits]:
    """Draw a subject: its arrays as `draw_identity` writes them, and what it is."""
    traits = draw_traits(rng)
    shape = basis.draw_shape(traits, rng)
    rest = sum(max(0.0, rng.normal() * 0.07 - 0.03) * activate_unit(basis.units, unit) for unit in RESTING_UNITS)
    style = HairStyle(traits, rng)
    painted = paint_head(basis, traits, style, rng)
    shape, hair_vertices, hair_triangles = grow_hair(basis, shape, style)
    triangles = np.concatenate([basis.triangles, hair_triangles + len(shape)])
    arrays = {
        "shape": shape,
        "rest": rest.astype(np.float32),
        **painted,
        "hair_vertices": hair_vertices,
        "hair_triangles": hair_triangles,
        "occlusion": geometry.ambient_occlusion(np.concatenate([shape, hair_vertices]), triangles, directions=32),
    }
    return arrays, traits


def locate_texels(basis: HeadBasis) -> np.ndarray:
    """Return where on the average head each texel lies: (H, W, 3), nan for texels that are not used."""
    height, width = basis.masks["lips"].shape
    points = np.column_stack([basis.texture_points, basis.texture_depths])
    triangles = basis.corners[basis.painted]
    located = np.full((height, width, 3), np.nan, dtype=np.float32)
    for facing in (triangles, triangles[:, ::-1]):  # the layout mirrors some parts
        keys = geometry.rasterise(points, facing, width, height)
        row, column = np.nonzero(keys)
        corners = facing[geometry.seen_triangles(keys[row, column])]
        weights = geometry.weigh_corners(points, corners, column + 0.5, row + 0.5)
        located[row, column] = np.einsum("nkc,nk->nc", basis.average[basis.corner_vertex[corners]], weights)
    for _ in range(4):  # bleed over the seams, for bilinear look-ups
        for step, axis in ((1, 0), (-1, 0), (1, 1), (-1, 1)):
            shifted = np.roll(located, step, axis)
            empty = np.isnan(located[..., 0])
            located[empty] = shifted[empty]
    return located


def speckle(at: np.ndarray, frequency: float, rng: np.random.Generator, waves: int = 14) -> np.ndarray:
    """Return smooth noise (n,) of unit variance at the positions `at` (n, 3): a sum of random plane waves."""
    directions = (rng.normal(size=(3, waves)) * frequency).astype(np.float32)
    phases = at @ directions + rng.uniform(0, 2 * np.pi, waves).astype(np.float32)
    return np.sin(phases, out=phases).sum(axis=1) / np.float32(np.sqrt(waves / 2))


def mix(base: np.ndarray, colour: np.ndarray, share: np.ndarray) -> np.ndarray:
    """Blend colours (n, 3) towards `colour` by `share` (n,)."""
    return base + (colour - base) * share[:, None]


def paint_head(
    basis: HeadBasis, traits: Traits, style: HairStyle, rng: np.random.Generator
) -> dict[str, np.ndarray]:
    """Paint a subject with `traits` on the average head.

    Returns texture uint8 (H, W, channels), see CHANNELS; skin, hair, iris, cloth: linear colours (3,) float32;
    collar (1,): height of the neckline above the usual one, decimetres; brow (6, 3): of
    `place_brow`; lashes (1,): 0 short .. 1 long.
    """
    located = locate_texels(basis)
    used = ~np.isnan(located[..., 0])
    at = located[used]
    masks = {name: mask[used] for name, mask in basis.masks.items()}
    tone, hair, iris = draw_colours(traits, rng)

    colour = paint_skin(at, tone, masks, rng)
    throat = colour[(at[:, 1] < 6.35) & (at[:, 2] > 0.3)].mean(axis=0)
    stubble = beard_cover(at, masks, rng) if traits.gender > 0.6 else np.zeros(len(at), np.float32)
    colour = mix(colour, 0.35 * colour + 0.65 * hair, stubble)
    brow = 0.6 * np.minimum(hair, np.float32([0.17, 0.11, 0.07])) + 0.06 * tone  # brows stay dark for longer
    brow_line = place_brow(traits, rng, basis.brow)
    colour = mix(colour, brow, brow_cover(at, brow_line, rng))
    scalp, strands = scalp_cover(at, masks, style, rng)
    colour = mix(colour, hair * strands[:, None], scalp)
    colour = mix(colour, np.array([0.10, 0.025, 0.025], dtype=np.float32), masks["inside-mouth"])

    gloss = rng.uniform(0.35, 0.8) * (1 - scalp) * (1 - 0.7 * stubble) + 0.5 * masks["lips"]
    gloss = gloss * (1 + 0.5 * np.exp(-((at[:, 0] / 0.12) ** 2) - ((at[:, 1] - 7.0) / 0.2) ** 2))
    wrinkles = draw_wrinkles(at, traits.age, rng)
    if basis.lined:  # age leaves them in a face at rest
        kept = basis.lined * rng.uniform(0.2, 1) * (traits.age - 0.45) / 0.35
        colour = colour * (1 - kept * wrinkles.max(axis=1, keepdims=True))
    channels = [np.sqrt(np.clip(colour, 0, 1)), scalp[:, None], 0.5 * gloss[:, None], wrinkles]
    texture = np.zeros((*used.shape, len(CHANNELS)), dtype=np.uint8)
    texture[used] = np.clip(np.concatenate(channels, axis=1) * 255 + 0.5, 0, 255).astype(np.uint8)
    return {
        "texture": texture,
        "skin": throat.astype(np.float32),
        "hair": hair.astype(np.float32),
        "iris": iris.astype(np.float32),
        "cloth": (rng.uniform(0.03, 0.45) * np.exp(rng.normal(size=3) * 0.35)).clip(0.01, 0.6).astype(np.float32),
        "collar": np.float32([rng.uniform(-0.25, 0.2)]),
        "brow": brow_line.astype(np.float32),
        "lashes": np.float32([rng.uniform(0.5, 1.0) if traits.gender < 0.5 else rng.uniform(0.0, 0.3)]),
    }


def draw_colours(traits: Traits, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Draw the linear colours of skin, hair and iris."""
    linear = {race: (np.float32(tone) / 255) ** np.float32(2.2) for race, tone in SKIN_TONES.items()}
    tone = np.exp(sum(share * np.log(linear[race]) for race, share in traits.race.items()))
    # Tan darkens blue most and red least; blood only takes from green and blue.
    tone = tone * np.exp(-np.abs(rng.normal()) * 0.16 * np.array([0.75, 1.0, 1.15]))
    tone = tone * np.exp(rng.normal() * 0.03 * np.array([0.3, -1.0, -0.8]))
    dark = traits.race["african"] + traits.race["asian"] > 0.5
    which = rng.choice(2, p=[0.75, 0.25]) if dark else rng.choice(5, p=[0.2, 0.3, 0.25, 0.17, 0.08])
    hair = np.array(HAIR_COLOURS[which]) * rng.uniform(0.8, 1.25)
    grey = np.clip((traits.age - 0.70) / 0.15, 0, 1) * rng.uniform(0, 1)
    hair = hair * (1 - grey) + np.array(GREY_HAIR) * grey
    iris = IRIS_COLOURS[rng.choice(2) if dark else rng.choice(4, p=[0.15, 0.3, 0.35, 0.2])]
    return tone.astype(np.float32), hair.astype(np.float32), np.array(iris)


def paint_skin(
    at: np.ndarray, tone: np.ndarray, masks: dict[str, np.ndarray], rng: np.random.Generator
) -> np.ndarray:
    """Paint bare skin and lips: linear colours (n, 3)."""
    x, y, z = np.abs(at[:, 0]), at[:, 1], at[:, 2]
    mottle = 1 + 0.03 * speckle(at, 5, rng) + 0.02 * speckle(at, 20, rng) + 0.015 * speckle(at, 70, rng)
    colour = tone * mottle[:, None]
    cheek = np.exp(-(((x - 0.38) / 0.2) ** 2) - ((y - 6.98) / 0.18) ** 2)
    nose = 0.8 * np.exp(-((x / 0.13) ** 2) - ((y - 6.95) / 0.12) ** 2)
    blood = np.clip(cheek + nose + 0.6 * masks["ears"] + 0.15 * speckle(at, 8, rng), 0, 1.5)
    pale = np.float32(np.clip((tone[0] - 0.15) / 0.5, 0, 1))
    flush = rng.uniform(0.08, 0.22) * (0.3 + 0.7 * pale)
    colour = colour * (1 - flush * blood[:, None] * np.float32([0.15, 1.0, 0.85]))
    socket = np.exp(-(((x - 0.29) / 0.19) ** 2) - ((y - 7.25) / 0.12) ** 2) * (z > 0.9)
    colour = colour * (1 - rng.uniform(0.08, 0.30) * socket[:, None] * np.float32([0.8, 1.0, 0.9]))
    lid = masks["eyelids"] * rng.uniform(0.15, 0.4)
    colour = colour * (1 - lid[:, None] * np.float32([0.8, 1.0, 1.0]))
    if rng.random() < 0.25:
        freckles = smoothstep(speckle(at, 45, rng, 30), 1.1, 1.6)
        freckles = freckles * np.exp(-((x / 0.5) ** 2) - ((y - 7.0) / 0.25) ** 2) * rng.uniform(0.1, 0.3)
        colour = colour * (1 - freckles[:, None] * np.float32([0.7, 1.0, 1.2]))
    lips = tone * (np.float32([0.62, 0.50, 0.52]) * (1 - pale) + np.float32([0.80, 0.42, 0.44]) * pale)
    return mix(colour, lips, masks["lips"] * rng.uniform(0.5, 0.9))


def place_brow(traits: Traits, rng: np.random.Generator, place: tuple[float, ...]) -> np.ndarray:
    """Return the left brow's middle line on the average head, from its root: x, y and half its width (6, 3).

    place: see HeadBasis.
    """
    outwards, upwards, tilt, spread = place
    points = BROW.copy()
    points[:, 1] += spread * (rng.normal() * 0.014 + np.linspace(-1, 1, 6) * rng.normal() * 0.012)
    points[:, 1] += spread * rng.normal() * 0.010 * np.sin(np.linspace(0, np.pi, 6))
    points[:, 0] += spread * rng.normal() * 0.01
    points += np.stack([np.full(6, outwards), upwards + tilt * np.linspace(1, -1, 6)], axis=1)
    width = rng.uniform(0.034, 0.052) * (1.25 if traits.gender > 0.5 else 0.85) * BROW_WIDTH
    return np.column_stack([points, width])


def brow_cover(at: np.ndarray, line: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return how much of each texel (n,) eyebrow hair covers: dense at the root of the brow, thin at its end.

    line (6, 3): of `place_brow`.
    """
    x, y, z = np.abs(at[:, 0]), at[:, 1], at[:, 2]
    points, width = line[:, :2], line[:, 2]
    distance = np.full(len(at), 9.0, dtype=np.float32)
    for start, end, first, last in zip(points[:-1], points[1:], width[:-1], width[1:], strict=True):
        along = ((x - start[0]) * (end - start)[0] + (y - start[1]) * (end - start)[1]) / ((end - start) ** 2).sum()
        along = np.clip(along, 0, 1)
        apart = np.hypot(x - start[0] - along * (end - start)[0], y - start[1] - along * (end - start)[1])
        distance = np.minimum(distance, apart / (first + along * (last - first)))
    # Hairs run upwards and outwards: noise that is long along (1, 1) and short across it.
    across = np.stack([(x - 0.6 * y) * 1.0, (y + 0.6 * x) * 0.25, np.zeros_like(x)], axis=1)
    hairs = 1 + 0.22 * speckle(across, 90, rng)
    cover = np.exp(-((distance / 0.85) ** 2) * 1.3) * (z > 0.6) * hairs * rng.uniform(0.65, 0.95)
    return np.clip(cover, 0, 0.92).astype(np.float32)


def beard_cover(at: np.ndarray, masks: dict[str, np.ndarray], rng: np.random.Generator) -> np.ndarray:
    """Return how much of each texel (n,) beard or stubble covers."""
    x, y, z = np.abs(at[:, 0]), at[:, 1], at[:, 2]
    density = rng.uniform(0.02, 0.22) if rng.random() < 0.65 else rng.uniform(0.3, 0.85)
    jaw = smoothstep(-y, -6.98, -6.68) * smoothstep(z, 0.1, 0.5) * (1 - smoothstep(-y, -6.2, -5.95))
    jaw = jaw * np.maximum(smoothstep(x, 0.20, 0.42), smoothstep(-y, -6.58, -6.48))
    moustache = np.exp(-(((y - 6.81) / 0.06) ** 2)) * (1 - smoothstep(x, 0.22, 0.34)) * (z > 1)
    sides = 0.8 * smoothstep(x, 0.45, 0.64) * smoothstep(-y, -7.25, -6.95) * smoothstep(z, 0.2, 0.35)
    cover = np.maximum(np.maximum(jaw, moustache), sides) * (1 - masks["lips"]) * (1 - masks["ears"])
    cover = cover * density * (1 + 0.15 * speckle(at, 80, rng) + 0.04 * speckle(at, 7, rng))
    return np.clip(cover, 0, 0.9).astype(np.float32)


def scalp_cover(
    at: np.ndarray, masks: dict[str, np.ndarray], style: HairStyle, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Return how much of each texel (n,) scalp hair covers, and the brightness of its strands (n,) around 1."""
    x, y, z = at.T
    behind = depth_behind_hairline(style, at) + 0.012 * speckle(at, 12, rng)
    behind = behind + 0.008 * speckle(np.stack([x * 3, y, z], axis=1), 20, rng)
    cover = smoothstep(behind, -0.04, 0.08) * (1 - np.clip(1.5 * masks["ears"], 0, 1)) * smoothstep(y, 6.2, 6.5)
    cover = cover * style.density * (1 + (1 - style.density) * 0.3 * speckle(at, 40, rng))
    # Strands run away from the parting on top and from the crown elsewhere: noise that is long along them.
    angle = np.arctan2(x - style.parting * smoothstep(y, 7.6, 8.2), z - 0.3)
    contrast = 0.16 * smoothstep(style.top, 0.01, 0.06)  # cropped hair stands: it shows no strands
    strands = 1 + contrast * speckle(np.stack([angle * 9, y * 1.2, z * 1.2], axis=1), 3, rng)
    strands = strands + contrast * speckle(np.stack([angle * 40, y, z], axis=1), 2, rng)
    return np.clip(cover, 0, 1).astype(np.float32), np.clip(strands, 0.4, 1.9).astype(np.float32)


def draw_wrinkles(at: np.ndarray, age: float, rng: np.random.Generator) -> np.ndarray:
    """Return the wrinkles (n, wrinkles), 0..1, at positions (n, 3) on the average head; age 0.5 young .. 1 old."""
    x, y, z = np.abs(at[:, 0]), at[:, 1], at[:, 2]
    front = z > 0.8
    bend = 0.012 * np.sin(3 * at[:, 0] + rng.uniform(0, 6)) + 0.3 * x * x * rng.uniform(-0.1, 0.1)
    lines = np.clip(np.sin((y - 7.62 + bend) / 0.085 * 2 * np.pi), 0, 1) ** 5
    lines = lines * (1 - 0.4 * np.sin(5 * at[:, 0] + rng.uniform(0, 6)) ** 2)
    lines = lines * smoothstep(y, 7.58, 7.66) * (1 - smoothstep(y, 7.86, 7.96)) * front
    forehead = lines * (1 - smoothstep(x, 0.35, 0.55))
    inner = lines * (1 - smoothstep(x, 0.13, 0.30))
    frown = np.exp(-(((x - 0.055) / 0.016) ** 2)) * smoothstep(y, 7.38, 7.45) * (1 - smoothstep(y, 7.52, 7.62))
    frown = (frown + 0.5 * np.exp(-(((y - 7.37) / 0.02) ** 2)) * (x < 0.07)) * front
    nose = np.exp(-(((x - 0.075) / 0.02) ** 2) - ((y - 7.22) / 0.08) ** 2) * front
    nose = nose + np.exp(-(((y - 7.30) / 0.02) ** 2)) * (1 - smoothstep(x, 0.04, 0.09)) * front
    fold = 0.19 + 0.16 * (7.0 - y) / 0.38
    nasolabial = np.exp(-(((x - fold) / 0.026) ** 2)) * smoothstep(y, 6.6, 6.72)
    nasolabial = nasolabial * (1 - smoothstep(y, 6.98, 7.06)) * front
    angle, radius = np.arctan2(y - 7.32, x - 0.40), np.hypot(y - 7.32, x - 0.40)
    crow = np.clip(np.cos(angle * 9), 0, 1) ** 6 * smoothstep(radius, 0.06, 0.1)
    crow = crow * (1 - smoothstep(radius, 0.14, 0.22)) * (np.abs(angle) < 0.9) * (z > 0.5)
    depth = 0.55 + 0.9 * (age - 0.5)
    return depth * np.stack([forehead, inner, frown, nose, nasolabial, crow], axis=1).astype(np.float32)
