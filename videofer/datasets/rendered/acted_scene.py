"""What surrounds an acting head: light from anywhere, any background, a lens, a camera and what it loses."""

import io

import numpy as np
from PIL import Image, ImageFilter

from videofer.datasets.rendered.clip import LINES, Scene, draw_background
from videofer.datasets.rendered.occluders import Occluders
from videofer.datasets.rendered.shading import BRIGHT_GLOW, BRIGHT_TEETH, Lamps


class AnyLamps(Lamps):
    """A key light from any side in front, hard or soft against the light from all around, bright or dim."""

    def __init__(self, rng: np.random.Generator) -> None:
        super().__init__(rng)
        side, height = rng.normal() * np.radians(40), np.radians(rng.uniform(-5, 65))
        fill = np.array([-np.copysign(0.7, side), 0.1, 0.7])
        self.key = np.float32([np.sin(side) * np.cos(height), np.sin(height), np.cos(side) * np.cos(height)])
        self.fill = (fill / np.linalg.norm(fill)).astype(np.float32)
        half = self.key + np.float32([0, 0, 1])
        self.half = (half / np.linalg.norm(half)).astype(np.float32)
        exposure = np.exp(rng.normal() * 0.25)
        sky = rng.uniform(0.15, 0.70) * exposure
        tint = np.exp(rng.normal(size=3) * 0.05)
        self.key_colour = (tint * rng.uniform(0.25, 1.1) * exposure).astype(np.float32)
        strengths = [sky, sky * rng.uniform(0.2, 0.9), rng.uniform(0.1, 0.5) * exposure]
        self.around = np.float32(strengths)[:, None] * tint[::-1].astype(np.float32)
        self.teeth = BRIGHT_TEETH * np.float32([1, 1, 0.8]) ** np.float32(rng.uniform(0, 2))  # white to yellow
        self.teeth_glow = BRIGHT_GLOW * np.float32(rng.uniform(0.5, 1.2))


class ActedScene(Scene):
    """The scene of a clip of the style `acted`; `keep` turns a drawn frame into what the camera keeps of it."""

    def __init__(self, width: int, height: int, rng: np.random.Generator) -> None:
        super().__init__(width, height, rng)
        self.lamps = AnyLamps(rng)
        self.scale = rng.uniform(82, 108) * height / LINES
        self.background = draw_any_background(width, height, rng)
        self.distance = float(rng.uniform(7.0, 22.0))  # a near camera with a wide lens, or a far one, decimetres
        self.folds = float(rng.uniform(0.8, 2.4))
        self.noise = rng.uniform(0.3, 4.0) / 255
        self.blur = rng.uniform(0, 0.5)
        self.occluders = Occluders(rng)
        self.gamma, self.contrast = float(np.exp(rng.normal() * 0.2)), float(np.exp(rng.normal() * 0.15))
        # How much smaller the face was filmed, the radius of blur in pixels, and the quality of JPEG.
        self.reduction = float(rng.uniform(1.0, 2.2)) if rng.random() < 0.4 else 1.0
        self.defocus = float(rng.uniform(0.3, 1.4)) * height / 192 if rng.random() < 0.35 else 0.0
        self.quality = int(rng.integers(25, 96))

    def keep(self, frame: np.ndarray, eyes: np.ndarray) -> np.ndarray:
        """Return a frame uint8 (H, W, 3) with what stands before the face, and with what lens and codec lose.

        eyes (2, 2): x and y of the right and the left eye, pixels.
        """
        frame = self.occluders.cover(frame, eyes)
        tones = np.linspace(0, 1, 256) ** self.gamma
        tones = np.clip(0.5 + (tones - 0.5) * self.contrast, 0, 1)
        image = Image.fromarray((tones * 255 + 0.5).astype(np.uint8)[frame])
        size = image.size
        if self.reduction > 1:
            image = image.resize([round(side / self.reduction) for side in size], Image.Resampling.BILINEAR)
        if self.defocus:
            image = image.filter(ImageFilter.GaussianBlur(self.defocus / self.reduction))
        stored = io.BytesIO()
        image.save(stored, "JPEG", quality=self.quality)
        image = Image.open(stored)
        return np.asarray(image.resize(size, Image.Resampling.BILINEAR) if self.reduction > 1 else image)


def draw_any_background(width: int, height: int, rng: np.random.Generator) -> np.ndarray:
    """Draw what may be behind a face (height, width, 3), display values: plain, or lights out of focus."""
    backdrop = np.clip(draw_background(width, height, rng) + rng.normal() * 0.35, 0.02, 0.98)
    if rng.random() < 0.5:
        return backdrop.astype(np.float32)
    y, x = np.mgrid[:height, :width].astype(np.float32) / np.float32([height, width])[:, None, None]
    for _ in range(rng.integers(2, 14)):
        middle, radius = rng.uniform(-0.1, 1.1, 2), rng.uniform(0.04, 0.35)
        stretch = np.exp(rng.normal() * 0.7)
        away = np.hypot((x - middle[0]) * stretch, (y - middle[1]) / stretch) / radius
        cover = 1 / (1 + np.exp(np.clip((away - 1) * rng.uniform(3, 25), -30, 30)))
        colour = rng.uniform(0, 1) + rng.normal(size=3) * 0.08
        backdrop += (cover * rng.uniform(0.3, 1))[..., None] * (colour - backdrop)
    return np.clip(backdrop, 0.01, 0.99).astype(np.float32)
