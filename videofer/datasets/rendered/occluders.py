"""What stands before an acting face: glasses, a hand, a microphone; drawn onto the frame."""

from collections.abc import Callable

import numpy as np
from PIL import Image, ImageDraw

GLASSES, HAND, MICROPHONE = 0.15, 0.05, 0.06  # probabilities
Place = Callable[[float, float], tuple[float, float]]  # from distances of the eyes to pixels
FINE = 4  # they are drawn this much larger and then reduced, so that their edges are smooth


class Occluders:
    """What a clip has before the face; `cover` draws it where the eyes are, so that it moves with the head."""

    def __init__(self, rng: np.random.Generator) -> None:
        self.glasses = rng.random() < GLASSES
        self.rim, self.bare = rng.uniform(0.02, 0.10), rng.random() < 0.2  # share of the eyes' distance
        self.lens = (
            rng.uniform(0.34, 0.50),
            rng.uniform(0.25, 0.42),
            rng.uniform(0.2, 1.0),
        )  # width, height, roundness
        self.tint = rng.uniform(0, 0.2)
        self.glass = tuple(int(value) for value in rng.integers(5, 90) + rng.integers(-5, 20, 3).clip(0))
        self.glare = rng.uniform(0, 0.35)
        self.hand = self.microphone = None
        chosen = rng.random()
        if chosen < HAND:  # its middle, size and slant, in distances of the eyes from the point between them
            self.hand = rng.choice([-1, 1]) * rng.uniform(0.5, 1.3), rng.uniform(1.1, 2.0), rng.uniform(0.5, 0.8)
            brown = rng.uniform(0.25, 1)
            self.flesh = tuple(int(value * brown) for value in (225, 175, 150))
        elif chosen < HAND + MICROPHONE:
            self.microphone = rng.normal() * 0.35, rng.uniform(1.65, 2.3), rng.uniform(0.22, 0.4)
            self.metal = (int(rng.integers(10, 90)),) * 3

    def cover(self, frame: np.ndarray, eyes: np.ndarray) -> np.ndarray:
        """Return the frame uint8 (H, W, 3) with them; eyes (2, 2): x, y of both, the picture's left one first."""
        if not self.glasses and self.hand is None and self.microphone is None:
            return frame
        across = eyes[1] - eyes[0]
        layer = Image.new("RGBA", (FINE * frame.shape[1], FINE * frame.shape[0]))
        draw = ImageDraw.Draw(layer)

        def place(x: float, y: float) -> tuple[float, float]:
            """From distances of the eyes (right, down) to pixels of the layer."""
            point = eyes.mean(axis=0) + x * across + y * np.array([-across[1], across[0]])
            return float(point[0]) * FINE, float(point[1]) * FINE

        unit = float(np.hypot(*across)) * FINE
        if self.microphone is not None:
            x, y, size = self.microphone
            draw.line([place(x, y), place(x * 1.6, y + 3)], fill=(*self.metal, 255), width=round(size * unit * 0.7))
            _ellipse(draw, place(x, y), size * unit, size * unit, (*self.metal, 255))
        if self.hand is not None:
            self._draw_hand(draw, place, unit)
        if self.glasses:
            self._draw_glasses(draw, place, unit)
        layer = layer.reduce(FINE)
        picture = Image.fromarray(frame)
        picture.paste(layer, mask=layer.getchannel("A"))
        return np.asarray(picture)

    def _draw_hand(self, draw: ImageDraw.ImageDraw, place: Place, unit: float) -> None:
        x, y, size = self.hand
        dark = tuple(int(0.7 * value) for value in self.flesh)
        _ellipse(draw, place(x, y + size), size * unit * 0.8, size * unit, (*self.flesh, 255))
        for finger in range(4):
            root, tip = (
                place(x + (finger - 1.5) * size * 0.36, y + size * 0.8),
                place(x * 0.8 + (finger - 1.5) * size * 0.3, y - size * 0.5),
            )
            draw.line([root, tip], fill=(*dark, 255), width=round(size * unit * 0.36))
            draw.line([root, tip], fill=(*self.flesh, 255), width=round(size * unit * 0.30))

    def _draw_glasses(self, draw: ImageDraw.ImageDraw, place: Place, unit: float) -> None:
        width, height, roundness = self.lens
        line = max(1, round(self.rim * unit * (0.3 if self.bare else 1)))
        for side in (-0.5, 0.5):
            x, y = place(side, 0.04)
            box = [x - width * unit, y - height * unit, x + width * unit, y + height * unit]
            radius = roundness * height * unit
            _lens(
                draw, box, radius, fill=(*self.glass, int(255 * self.tint)), outline=(*self.glass, 255), width=line
            )
            glare = [box[0] + line, box[1] + line, x - 0.1 * width * unit, y]
            _lens(draw, glare, radius * 0.6, fill=(255, 255, 255, int(255 * self.glare)))
            draw.line(
                [place(side * (1 + 2 * width), -0.05), place(side * 3.2, -0.12)],
                fill=(*self.glass, 255),
                width=line,
            )
        draw.line([place(-0.5 + width, 0), place(0.5 - width, 0)], fill=(*self.glass, 255), width=line)


def _lens(draw: ImageDraw.ImageDraw, box: list[float], radius: float, **style) -> None:
    try:
        draw.rounded_rectangle(box, radius, **style)
    except ValueError:  # Pillow rounds no corners of so few pixels
        draw.rectangle([*box[:2], *np.maximum(box[2:], box[:2])], **style)


def _ellipse(
    draw: ImageDraw.ImageDraw, at: tuple[float, float], across: float, down: float, fill: tuple[int, ...]
) -> None:
    draw.ellipse([at[0] - across, at[1] - down, at[0] + across, at[1] + down], fill=fill)
