"""What surrounds a head in a clip: lamps, background and the camera's own marks."""

from dataclasses import dataclass

import numpy as np

from videofer.datasets.rendered.geometry import smoothstep

LINES = 256  # height of the frame that sizes in pixels refer to


@dataclass(frozen=True)
class Lamps:
    """The lights of a clip: directions (3,) of key and fill light, and linear colours (3,)."""

    key: np.ndarray
    fill: np.ndarray
    key_colour: np.ndarray
    fill_colour: np.ndarray
    sky: np.ndarray
    ground: np.ndarray

    @property
    def half(self) -> np.ndarray:
        """Unit vector (3,) half-way between the key light and the camera."""
        half = self.key + np.array([0, 0, 1], dtype=np.float32)
        return (half / np.linalg.norm(half)).astype(np.float32)


@dataclass(frozen=True)
class Scene:
    """What surrounds the head of a clip, and the camera that films it."""

    lamps: Lamps
    scale: float  # pixels a decimetre
    x: float  # pixel of the point between the eyes of the resting head
    y: float
    background: np.ndarray  # (height, width, 3) display values
    gain: np.ndarray  # (3,)
    noise: float
    blur: float


def draw_scene(width: int, height: int, rng: np.random.Generator) -> Scene:
    """Draw the surroundings of one clip."""
    return Scene(
        lamps=draw_lamps(rng),
        scale=rng.uniform(74, 90) * height / LINES,
        x=width / 2 + rng.normal() * width * 0.03,
        y=height * 0.46 + rng.normal() * height * 0.02,
        background=draw_background(width, height, rng),
        gain=(rng.uniform(0.95, 1.05) * (1 + rng.normal(size=3) * 0.012)).astype(np.float32),
        noise=rng.uniform(0.5, 2.2) / 255,
        blur=rng.uniform(0, 0.25),
    )


def draw_lamps(rng: np.random.Generator) -> Lamps:
    """Draw a warm key light from above, a cooler fill light from the other side and light from all around."""
    side, height = rng.normal() * np.radians(22), np.radians(rng.uniform(18, 50))
    key = [np.sin(side) * np.cos(height), np.sin(height), np.cos(side) * np.cos(height)]
    fill = np.array([-np.copysign(0.7, side), 0.1, 0.7])
    exposure = rng.uniform(0.9, 1.15)
    warmth = rng.uniform(0, 0.06)
    sky = rng.uniform(0.26, 0.42) * exposure
    return Lamps(
        key=np.array(key, dtype=np.float32),
        fill=(fill / np.linalg.norm(fill)).astype(np.float32),
        key_colour=np.float32([1 + warmth, 1, 1 - warmth]) * np.float32(rng.uniform(0.75, 1.05) * exposure),
        fill_colour=np.float32([1 - warmth / 2, 1, 1 + warmth / 2])
        * np.float32(rng.uniform(0.15, 0.32) * exposure),
        sky=np.float32([0.98, 1.0, 1.03]) * np.float32(sky),
        ground=np.float32([1.05, 0.97, 0.9]) * np.float32(0.45 * sky),
    )


def draw_background(width: int, height: int, rng: np.random.Generator) -> np.ndarray:
    """Draw a muted backdrop (height, width, 3) in display values: a gradient, out-of-focus panels or blotches."""
    y = np.linspace(0, 1, height, endpoint=False, dtype=np.float32)[:, None]
    x = np.linspace(0, 1, width, endpoint=False, dtype=np.float32)[None, :]
    angle = rng.uniform(0, 2 * np.pi)
    base = rng.uniform(0.25, 0.75) + rng.normal(size=3) * 0.035
    slope = rng.normal() * 0.12 * ((x - 0.5) * np.cos(angle) + (y - 0.5) * np.sin(angle))
    falloff = -rng.uniform(0, 0.25) * ((x - 0.5) ** 2 + (y - 0.45) ** 2)
    backdrop = base + (slope + falloff)[..., None]
    kind = rng.random()
    if kind < 0.35:
        for _ in range(rng.integers(1, 4)):
            left, right = np.sort(rng.uniform(-0.2, 1.2, 2))
            top, bottom = np.sort(rng.uniform(-0.3, 1.3, 2))
            panel = _window(x, left, right) * _window(y, top, bottom)
            backdrop = backdrop + panel[..., None] * (rng.normal() * 0.06 + rng.normal(size=3) * 0.02)
    elif kind < 0.65:
        for _ in range(10):
            across, down = rng.normal(size=2) * rng.choice([3, 7])
            u, v = across * x, down * y + rng.uniform(0, 6)
            blotches = np.sin(u) * np.cos(v) + np.cos(u) * np.sin(v)  # sin(u + v) without a sine a pixel
            backdrop = backdrop + 0.018 * blotches[..., None]
    return np.clip(backdrop, 0.02, 0.98).astype(np.float32)


def _window(x: np.ndarray, low: float, high: float) -> np.ndarray:
    """Return 1 between `low` and `high`, 0 outside, with soft edges."""
    return smoothstep(x, low - 0.02, low + 0.02) * (1 - smoothstep(x, high - 0.02, high + 0.02))


def expose(picture: np.ndarray, scene: Scene, rng: np.random.Generator) -> np.ndarray:
    """Turn display values (height, width, 3) into what the camera keeps: uint8, with its blur, gain and noise."""
    height, width, _ = picture.shape
    # Numpy is slow along an axis of three: whole lines of colours, and single colours below, are faster.
    exposed = picture.reshape(height, -1) * np.tile(scene.gain * np.float32(255), width)
    exposed = exposed.reshape(picture.shape)
    inner = exposed[1:-1, 1:-1]
    around = exposed[:-2, 1:-1] + exposed[2:, 1:-1]
    around += exposed[1:-1, :-2]
    around += exposed[1:-1, 2:]
    inner *= np.float32(1 - scene.blur)
    inner += around * np.float32(scene.blur / 4)
    grain = rng.standard_normal(picture.shape[:2], dtype=np.float32) * np.float32(255 * scene.noise)
    grain += np.float32(0.5)
    for colour in range(3):
        exposed[..., colour] += grain
    return np.clip(exposed, 0, 255, out=exposed).astype(np.uint8)
