"""CK+ (extended Cohn-Kanade): picture sequences from the neutral face to the peak of an expression."""

import re
from pathlib import Path

from videofer.core.clip import Clip
from videofer.datasets.adapter import DataSet, Found, Subset, child, folders, locate
from videofer.datasets.sources import count_pictures, list_files

WORDS = {1: "Anger", 2: "Contempt", 3: "Disgust", 4: "Fear", 5: "Happy", 6: "Sadness", 7: "Surprise"}
RATE = 30.0  # NTSC video; Lucey et al. 2010


def read(root: Path, subset: str) -> Found:
    """Read the sequences; one whose emotion folder is missing or empty bears no label, as 266 of the 593 do not."""
    found = Found()
    pictures = locate(root, "cohn-kanade-images")
    labels = locate(root, "Emotion") or locate(root, "Emotion_labels", "Emotion")
    if pictures is None:
        return found
    if labels is None:
        found.reject("Emotion", root, f"{root} holds no folder Emotion: unpack Emotion_labels.zip there.")
        return found
    for subject in folders(pictures):
        for sequence in folders(subject):
            _read_sequence(subject.name.upper(), sequence, labels, found)
    return found


def _read_sequence(subject: str, sequence: Path, labels: Path, found: Found) -> None:
    name = f"{subject}-{sequence.name}"
    told = child(labels, subject)
    told = child(told, sequence.name) if told else None
    texts = list_files(told, {".txt"}) if told and told.is_dir() else []
    if not texts:
        found.left_out["no emotion label"] += 1
        return
    code = texts[0].read_text(encoding="ascii", errors="replace").strip()
    if not re.fullmatch(r"[1-7](\.0*(e\+0+)?)?", code):
        found.reject(name, texts[0], f"{texts[0]} holds {code!r}, which is none of the codes 1 to 7.")
        return
    count = count_pictures(sequence)
    if count == 0:
        found.reject(name, sequence, f"{sequence} holds no picture, but has a label: copy it again.")
        return
    word = WORDS[int(code[0])]
    found.clips.append(Clip(name, str(sequence), subject, word, onset=0, apex=count - 1, rate=RATE))


DATASET = DataSet(
    title="CK+, the extended Cohn-Kanade data set",
    reference="Lucey, Cohn, Kanade, Saragih, Ambadar, Matthews 2010",
    licence="free for non-commercial research, by a signed agreement; only some faces may be printed",
    source="https://www.jeffcohn.net/Resources (agreement by e-mail)",
    layout="cohn-kanade-images/S005/001/*.png and Emotion/S005/001/*_emotion.txt",
    labels={
        "Anger": "angry",
        "Contempt": None,
        "Disgust": "disgust",
        "Fear": "fear",
        "Happy": "happy",
        "Sadness": "sad",
        "Surprise": "surprise",
    },
    subsets={
        "labelled": Subset(
            "the 327 sequences with an emotion label",
            {"Anger": 45, "Contempt": 18, "Disgust": 59, "Fear": 25, "Happy": 69, "Sadness": 28, "Surprise": 83},
            118,
        )
    },
    read=read,
    remarks=("Sequences end at their peak: readings.clips.peak: annotated takes their last frames.",),
)
