"""A demo subject: head shape, skin, hair and eyes, drawn from the head basis with a seed."""

from pathlib import Path

import numpy as np

from videofer.core.artifacts import read_arrays, write_arrays
from videofer.datasets.rendered.action_units import activate_units
from videofer.datasets.rendered.basis import load_basis
from videofer.datasets.rendered.clip_list import parse_name
from videofer.datasets.rendered.hair import draw_style, grow_hair
from videofer.datasets.rendered.occlusion import ambient_occlusion
from videofer.datasets.rendered.shape import AVERAGE, draw_traits, shape_head, vary_features
from videofer.datasets.rendered.texture import paint_head

# Action units that a subject's resting face may show a trace of.
RESTING_UNITS = (4, 7, 12, 15, 17, 26)


def draw_identity(subject: str, seed: int, out_path: str | Path) -> None:
    """Draw the subject "S001" of the data set with `seed` and write it as an artifact of the format "identity".

    Arrays: shape (V, 3) vertices with hair volume; rest (52,) resting face units; texture uint8 (H, W, channels)
    and colours, see texture.py; hair_vertices (H, 3), hair_triangles (T, 3): the hair that hangs, may be none;
    occlusion (V + H,): share of the sky that a vertex sees.
    """
    basis = load_basis()
    rng = np.random.default_rng([seed, parse_name(subject)[0]])
    traits = draw_traits(rng)
    shape = shape_head(basis, traits)
    vary_features(basis, shape, rng)
    rest = sum(
        max(0.0, rng.normal() * 0.07 - 0.03) * activate_units(basis.units, {unit: 1.0}) for unit in RESTING_UNITS
    )
    average = shape_head(basis, AVERAGE)
    style = draw_style(traits, rng)
    painted = paint_head(basis, average, traits, style, rng)
    shape, hair_vertices, hair_triangles = grow_hair(basis, average, shape, style)
    triangles = np.concatenate([basis.corner_vertex[basis.triangles], hair_triangles + len(shape)])
    arrays = {
        "shape": shape,
        "rest": rest.astype(np.float32),
        **painted,
        "hair_vertices": hair_vertices,
        "hair_triangles": hair_triangles,
        "occlusion": ambient_occlusion(np.concatenate([shape, hair_vertices]), triangles, directions=32),
    }
    parameters = {"subject": subject, "seed": seed, "gender": round(traits.gender, 3), "age": round(traits.age, 3)}
    write_arrays(out_path, "identity", arrays, parameters)


def read_identity(path: str | Path) -> dict[str, np.ndarray]:
    """Read an artifact of `draw_identity`."""
    return dict(read_arrays(path, "identity"))
