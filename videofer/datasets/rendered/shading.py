"""Lamps, and their light on the head: from samples of its surface to linear colours."""

from dataclasses import dataclass

import numpy as np

from videofer.datasets.rendered.basis import Material
from videofer.datasets.rendered.geometry import measure_lengths, smoothstep
from videofer.datasets.rendered.head import Head

# How far light creeps round the edge of shadow under the skin, for red, green and blue.
SKIN_WRAP = np.float32([0.38, 0.18, 0.13])
CLOTH_WRAP = np.float32([0.1, 0.1, 0.1])
SCLERA = np.float32([0.62, 0.55, 0.52])
PLAIN = {
    Material.TEETH: np.float32([0.55, 0.49, 0.40]),
    Material.MOUTH: np.float32([0.055, 0.012, 0.012]),
    Material.TONGUE: np.float32([0.16, 0.045, 0.04]),
    Material.LASH: np.float32([0.012, 0.009, 0.008]),
}
TEETH_GLOW = np.float32(0.2)  # share of the key light that teeth return from inside
BRIGHT_TEETH, BRIGHT_GLOW = np.float32([0.85, 0.80, 0.72]), np.float32(0.35)  # as people's look in films
IRIS_ANGLE, PUPIL_ANGLE = 0.47, 0.19  # radians from the axis of the eye


class Lamps:
    """A warm key light from above, a cooler fill light from the other side and light from all around.

    Directions are unit vectors (3,) towards the light, colours linear (3,).
    """

    def __init__(self, rng: np.random.Generator) -> None:
        side, height = rng.normal() * np.radians(22), np.radians(rng.uniform(18, 50))
        fill = np.array([-np.copysign(0.7, side), 0.1, 0.7])
        self.key = np.float32([np.sin(side) * np.cos(height), np.sin(height), np.cos(side) * np.cos(height)])
        self.fill = (fill / np.linalg.norm(fill)).astype(np.float32)
        half = self.key + np.float32([0, 0, 1])
        self.half = (half / np.linalg.norm(half)).astype(np.float32)  # half-way between key light and camera
        exposure, warmth = rng.uniform(0.9, 1.15), rng.uniform(0, 0.06)
        sky = rng.uniform(0.26, 0.42) * exposure
        self.key_colour = np.float32([1 + warmth, 1, 1 - warmth]) * np.float32(rng.uniform(0.75, 1.05) * exposure)
        strengths = np.float32([sky, 0.45 * sky, rng.uniform(0.15, 0.32) * exposure])
        tints = np.float32([[0.98, 1.0, 1.03], [1.05, 0.97, 0.9], [1 - warmth / 2, 1, 1 + warmth / 2]])
        self.around = tints * strengths[:, None]  # (3, 3) colours of the sky, the ground and the fill light
        self.teeth, self.teeth_glow = PLAIN[Material.TEETH], TEETH_GLOW


@dataclass(frozen=True)
class Samples:
    """n samples of the surface in one frame, sorted by material."""

    material: np.ndarray  # (n,)
    normal: np.ndarray  # (n, 3) unit vectors
    occlusion: np.ndarray  # (n,) share of the sky's light that arrives
    shadow: np.ndarray  # (n,) share of the key light that arrives
    texel: np.ndarray  # (n, 2) texture position
    corners: np.ndarray  # (n, 3) vertices of the triangle
    weights: np.ndarray  # (n, 3) of the corners

    def part(self, chosen: slice | np.ndarray) -> "Samples":
        """Return the samples of a slice or at some indices."""
        return Samples(*(getattr(self, name)[chosen] for name in self.__dataclass_fields__))

    def interpolate(self, attribute: np.ndarray) -> np.ndarray:
        """Return a vertex attribute (P,) or (P, k) at the samples."""
        values = attribute.take(self.corners, axis=0)
        return np.einsum("nk...,nk->n...", values, self.weights)


def look_up(texture: np.ndarray, at: np.ndarray) -> np.ndarray:
    """Return the bilinear samples (n, channels) of a texture (H, W, channels) at x, y (n, 2)."""
    height, width, channels = texture.shape
    at = np.clip(at, 0, np.float32([width - 1.001, height - 1.001]))
    corner = at.astype(np.int32)
    x, y = (at - corner.astype(np.float32)).T[:, :, None]
    rows = texture.reshape(-1, channels)
    first = corner[:, 1] * width + corner[:, 0]
    top = rows.take(first, axis=0)
    top += (rows.take(first + 1, axis=0) - top) * x
    bottom = rows.take(first + width, axis=0)
    bottom += (rows.take(first + width + 1, axis=0) - bottom) * x
    bottom -= top
    bottom *= y
    return top + bottom


def shade(head: Head, samples: Samples, texture: np.ndarray, lamps: Lamps, rotation: np.ndarray) -> np.ndarray:
    """Return the linear colours (3, n) of samples of the surface of `head`, turned by `rotation` (3, 3).

    texture float32 (H, W, 6): linear red, green, blue, hair, gloss and the light that wrinkles leave. Colours are
    rows here and below: numpy is slow along an axis of three.
    """
    colour = np.empty((3, len(samples.material)), dtype=np.float32)
    for material in np.unique(samples.material):
        chosen = slice(*np.searchsorted(samples.material, [material, material + 1]))
        part = samples.part(chosen)
        if material == Material.SKIN:
            colour[:, chosen] = shade_skin(head, part, texture, lamps, rotation)
        elif material == Material.TORSO:
            colour[:, chosen] = shade_torso(head, part, lamps)
        elif material == Material.EYE:
            colour[:, chosen] = shade_eyes(head, part, lamps, rotation)
        elif material == Material.HAIR:
            colour[:, chosen] = shade_hair(head, part, lamps, rotation)
        else:
            light, plain = diffuse(part, lamps, CLOTH_WRAP), PLAIN[material]
            if material == Material.TEETH:  # they scatter the light that lips and gums throw back
                light, plain = 0.6 * light + (lamps.teeth_glow * lamps.key_colour)[:, None], lamps.teeth
            colour[:, chosen] = plain[:, None] * light
    return colour


def diffuse(samples: Samples, lamps: Lamps, wrap: np.ndarray) -> np.ndarray:
    """Return the light (3, n) that a matt surface receives from key, fill and sky; wrap (3,) or (3, n)."""
    key = samples.normal @ lamps.key
    fill = np.clip((samples.normal @ lamps.fill + np.float32(0.3)) / np.float32(1.3), 0, None)
    up = samples.normal[:, 1] * np.float32(0.5) + np.float32(0.5)
    wrap = wrap.reshape(3, -1)
    around = np.stack([up, 1 - up, fill]) * samples.occlusion
    light = (key + wrap) * (lamps.key_colour[:, None] / (1 + wrap))
    np.clip(light, 0, None, out=light)
    light *= samples.shadow
    light += lamps.around.T @ around
    return light


def strand_highlight(samples: Samples, strand: np.ndarray, lamps: Lamps) -> np.ndarray:
    """Return the reflection (n,) of hair along `strand` (n, 3) (Kajiya and Kay, "Rendering fur", 1989)."""
    tangent = strand - samples.normal * (strand * samples.normal).sum(axis=1, keepdims=True)
    tangent /= measure_lengths(tangent)[:, None] + np.float32(1e-6)
    along = tangent @ lamps.half
    sine = np.sqrt(np.clip(1 - along * along, 0, 1))
    facing = np.clip(samples.normal[:, 2] + np.float32(0.3), 0, 1)
    return sine ** np.float32(30) * facing * samples.shadow


def shade_skin(head: Head, samples: Samples, texture: np.ndarray, lamps: Lamps, rotation: np.ndarray) -> np.ndarray:
    """Return the colours (3, n) of the textured head: skin, and hair that lies on it."""
    texel = look_up(texture, samples.texel)
    hair, gloss, crease = texel[:, 3:].T
    # A crease takes less red away than blue: light bleeds through skin.
    colour = texel[:, :3].T * (1 - (1 - crease) * np.float32([[0.85], [1.0], [1.0]]))
    colour = colour * diffuse(samples, lamps, SKIN_WRAP)
    reflection = np.clip(samples.normal @ lamps.half, 0, 1) ** np.float32(16) * samples.shadow  # Blinn-Phong
    shine = np.float32(0.10) * gloss * reflection * (1 - hair)
    hairy = np.flatnonzero(hair > 0.02)
    part = samples.part(hairy)
    strand = part.interpolate(head.strand) @ rotation.T
    brightness = texel[hairy, :3].mean(axis=1) / head.painted["hair"].mean()
    sheen = strand_highlight(part, strand, lamps) * hair[hairy] * np.clip(brightness, 0, 2)
    colour[:, hairy] += sheen * (np.float32(0.04) + np.float32(0.45) * head.painted["hair"])[:, None]
    return colour + shine * lamps.key_colour[:, None]


def shade_torso(head: Head, samples: Samples, lamps: Lamps) -> np.ndarray:
    """Return the colours (3, n) of neck and shirt."""
    bare = smoothstep(samples.interpolate(head.collar), -0.01, 0.02).astype(np.float32)
    cloth, skin = head.painted["cloth"][:, None], head.painted["skin"][:, None]
    wrap = CLOTH_WRAP[:, None] + (SKIN_WRAP - CLOTH_WRAP)[:, None] * bare
    return (cloth + (skin - cloth) * bare) * diffuse(samples, lamps, wrap)


def shade_eyes(head: Head, samples: Samples, lamps: Lamps, rotation: np.ndarray) -> np.ndarray:
    """Return the colours (3, n) of the eyeballs: white, iris with a dark rim, pupil and catchlight."""
    axis = samples.interpolate(head.eye_axis)
    axis /= measure_lengths(axis)[:, None] + np.float32(1e-6)
    angle = np.arccos(np.clip(axis[:, 2], -1, 1))
    iris = 1 - smoothstep(angle, IRIS_ANGLE - 0.05, IRIS_ANGLE + 0.03)
    pupil = 1 - smoothstep(angle, PUPIL_ANGLE - 0.04, PUPIL_ANGLE + 0.04)
    rim = 1 - 0.65 * smoothstep(angle, IRIS_ANGLE - 0.14, IRIS_ANGLE)
    # The lower half of an iris glows: light that entered above leaves there.
    glow = 1 + 0.6 * np.clip(-axis[:, 1] * 3, -1, 1)
    albedo = SCLERA[:, None] * (1 - iris) + head.painted["iris"][:, None] * rim * glow * iris
    albedo = albedo * (1 - pupil) + 0.004 * pupil
    # Upper lid and lashes shade the top of the eyeball.
    light = diffuse(samples, lamps, CLOTH_WRAP) * (1 - 0.55 * smoothstep(axis[:, 1], 0.0, 0.42))
    catch = smoothstep(np.clip(axis @ rotation.T @ lamps.half, 0, 1), 0.984, 0.994) * 0.8
    return (albedo * light + catch * lamps.key_colour[:, None]).astype(np.float32)


def shade_hair(head: Head, samples: Samples, lamps: Lamps, rotation: np.ndarray) -> np.ndarray:
    """Return the colours (3, n) of hair that hangs."""
    strand = samples.interpolate(head.strand) @ rotation.T
    angle = samples.interpolate(head.strand_angle)
    brightness = 1 + 0.16 * np.sin(61 * angle) + 0.14 * np.sin(97 * angle + 2) + 0.12 * np.sin(149 * angle + 4)
    sheen = strand_highlight(samples, strand, lamps) * brightness
    hair = head.painted["hair"][:, None]
    colour = hair * diffuse(samples, lamps, CLOTH_WRAP) * brightness.astype(np.float32)
    return colour + sheen * (np.float32(0.04) + np.float32(0.45) * hair)
