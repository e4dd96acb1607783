"""The expression network of npm face-api on labelled films: python -m benchmarks.people_peer MODULES LIST...

MODULES is a folder where Node has these packages: npm install @vladmandic/face-api@1.7.15 @tensorflow/tfjs@4
@tensorflow/tfjs-backend-wasm@4. Each LIST is a CSV as `videofer evaluate` takes it. Six frames of each film, spread
evenly and grey as our own networks get them, go to the package's own face finder and network, and the face of
dlib's finder to the network where it finds none; a film's answer is the mean of its frames. Prints the table of
docs/results/people/face-api.csv, which it writes.
"""

import json
import struct
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks.people_ablation import score
from videofer.core.artifacts import atomic_path
from videofer.core.study import NEUTRAL
from videofer.faces.search import Detector, load_detector
from videofer.people.clips import PEOPLE_CLASSES
from videofer.predict.measure import read_labels
from videofer.predict.sources import open_source

FRAMES, HEIGHT = 6, 720
NAMES = ("angry", "disgusted", "fearful", "happy", "sad", "surprised", "neutral")  # of PEOPLE_CLASSES
OUT = Path(__file__).parents[1] / "docs/results/people/face-api.csv"


def ask(peer: subprocess.Popen, frame: np.ndarray, whole: bool) -> np.ndarray | None:
    """Return the probabilities (J,) of the largest face in a grey frame (H, W) uint8, or None without one.

    whole: take the frame for a face.
    """
    height, width = frame.shape
    peer.stdin.write(struct.pack("<III", width, height, whole) + np.repeat(frame[..., None], 3, axis=2).tobytes())
    peer.stdin.flush()
    found = json.loads(peer.stdout.readline())
    return None if found is None else np.array([found[name] for name in NAMES])


def answer_frame(peer: subprocess.Popen, detector: Detector, frame: np.ndarray) -> np.ndarray | None:
    """Return what `ask` does of the face that its own finder finds, else of that which ours finds."""
    # Its finder overlooks faces that fill their picture.
    if (answer := ask(peer, frame, whole=False)) is not None or not (found := detector(frame)):
        return answer
    left, top, right, bottom = max(found, key=lambda face: face[1])[0].clip(0).astype(int)
    return ask(peer, frame[top:bottom, left:right], whole=True)


def answer_list(peer: subprocess.Popen, path: Path) -> tuple[dict[str, np.ndarray], np.ndarray, int]:
    """Return labels and films as `people_ablation.score` takes them, answers (films, J), films without a face."""
    table = read_labels(path, {"calm": NEUTRAL})
    labels, said, faceless, detector = [], [], 0, load_detector("hog", 0, None)
    for row in table[table["label"].isin(PEOPLE_CLASSES)].itertuples():
        frames = [frame.pixels for frame in open_source(row.file, HEIGHT)]
        chosen = np.unique(((np.arange(FRAMES) + 0.5) * len(frames) / FRAMES).astype(int))
        found = [
            answer for number in chosen if (answer := answer_frame(peer, detector, frames[number])) is not None
        ]
        if not found:
            faceless += 1
            continue
        labels.append(row.label)
        said.append(np.mean(found, axis=0))
    return {"labels": np.array(labels), "film": np.arange(len(labels))}, np.stack(said), faceless


def main(modules: Path, paths: list[Path]) -> None:
    """Measure all lists; write and print their table."""
    script = Path(__file__).with_name("peers") / "face_api.mjs"
    command = ["node", str(script), str(modules.resolve())]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as peer:
        lines = []
        for path in paths:
            films, said, faceless = answer_list(peer, path)
            lines.append({"list": path.stem, **score(said, films), "no_face": faceless})
        peer.stdin.close()
    table = pd.DataFrame(lines)
    with atomic_path(OUT) as temporary:
        table.to_csv(temporary, index=False, lineterminator="\n", float_format="%.4f")
    print(table.to_string(index=False))


if __name__ == "__main__":
    main(Path(sys.argv[1]), [Path(name) for name in sys.argv[2:]])
