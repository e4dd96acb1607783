"""CK+ (extended Cohn-Kanade): picture sequences from the neutral face to the peak of an expression."""

import re
from pathlib import Path

from videofer.core.clip import Clip
from videofer.datasets.adapter import DataSet, Found, Subset, map_words
from videofer.datasets.sources import count_pictures, descend, list_files, list_folders, locate

WORDS = ("Anger", "Contempt", "Disgust", "Fear", "Happy", "Sadness", "Surprise")  # of the codes 1 to 7
RATE = 30.0  # NTSC video; Lucey et al. 2010


def read(root: Path, subset: str) -> Found:
    """Read the sequences; one whose emotion folder is missing or empty bears no label, as 266 of the 593 do not."""
    found = Found()
    pictures = locate(root, "cohn-kanade-images")
    labels = locate(root, "Emotion") or locate(root, "Emotion_labels", "Emotion")
    if not found.has_parts(root, {"cohn-kanade-images": pictures, "Emotion (Emotion_labels.zip)": labels}):
        return found
    for sequence in (sequence for subject in list_folders(pictures) for sequence in list_folders(subject)):
        subject = sequence.parent.name.upper()
        name = f"{subject}-{sequence.name}"
        texts = list_files(descend(labels, subject, sequence.name), {".txt"})
        if not texts:
            found.left_out["no emotion label"] += 1
            continue
        code = texts[0].read_text(encoding="ascii", errors="replace").strip()
        count = count_pictures(sequence)
        if not re.fullmatch(r"[1-7](\.0*(e\+0+)?)?", code):
            found.reject(name, texts[0], f"holds {code!r}, which is none of the codes 1 to 7: copy it again.")
        elif count == 0:
            found.reject(name, sequence, "holds no picture, but has a label: copy it again.")
        else:
            word = WORDS[int(code[0]) - 1]
            found.clips.append(Clip(name, str(sequence), subject, word, onset=0, apex=count - 1, rate=RATE))
    return found


DATASET = DataSet(
    title="CK+, the extended Cohn-Kanade data set",
    reference="Lucey, Cohn, Kanade, Saragih, Ambadar, Matthews 2010",
    licence="free for non-commercial research, by a signed agreement; only some faces may be printed",
    source="https://www.jeffcohn.net/Resources (agreement by e-mail)",
    layout="cohn-kanade-images/S005/001/*.png and Emotion/S005/001/*_emotion.txt",
    labels=map_words(WORDS),
    subsets={
        "labelled": Subset(
            "the 327 sequences with an emotion label",
            dict(zip(WORDS, (45, 18, 59, 25, 69, 28, 83), strict=True)),
            118,
        )
    },
    read=read,
    remarks=("Sequences end at their peak: readings.clips.peak: annotated takes their last frames.",),
)
