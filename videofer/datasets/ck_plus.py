"""CK+ (extended Cohn-Kanade): picture sequences from the neutral face to the peak of an expression."""

import re
from pathlib import Path

from videofer.datasets.adapter import DataSet, Found, Subset, map_words
from videofer.datasets.sources import PICTURES, descend, list_files, list_folders, locate

# Own words in the order of their codes, 1 to 7.
CLIPS = {"Anger": 45, "Contempt": 18, "Disgust": 59, "Fear": 25, "Happy": 69, "Sadness": 28, "Surprise": 83}
RATE = 30.0  # NTSC video; Lucey et al. 2010


def read(root: Path, subset: str, found: Found) -> None:
    """Read the sequences; one whose emotion folder is missing or empty bears no label, as 266 of the 593 do not."""
    pictures, labels = locate(root, "cohn-kanade-images"), locate(root, "Emotion", "Emotion_labels/Emotion")
    if not found.has_parts(root, {"cohn-kanade-images": pictures, "Emotion (Emotion_labels.zip)": labels}):
        return
    for sequence in (sequence for subject in list_folders(pictures) for sequence in list_folders(subject)):
        subject = sequence.parent.name.upper()
        name = f"{subject}-{sequence.name}"
        texts = list_files(descend(labels, subject, sequence.name), {".txt"})
        if not texts:
            found.left_out["no emotion label"] += 1
            continue
        code = texts[0].read_text(encoding="ascii", errors="replace").strip()
        count = len(list_files(sequence, PICTURES))
        if not re.fullmatch(r"[1-7](\.0*(e\+0+)?)?", code):
            found.reject(name, texts[0], f"holds {code!r}, which is none of the codes 1 to 7: copy it again.")
        elif count == 0:
            found.reject(name, sequence, "holds no picture, but has a label: copy it again.")
        else:
            word = list(CLIPS)[int(code[0]) - 1]
            found.add(name, sequence, subject, word, onset=0, apex=count - 1, rate=RATE)


DATASET = DataSet(
    title="CK+, the extended Cohn-Kanade data set",
    reference="Lucey, Cohn, Kanade, Saragih, Ambadar, Matthews 2010",
    licence="free for non-commercial research, by a signed agreement; only some faces may be printed",
    source="https://www.jeffcohn.net/Resources (agreement by e-mail)",
    layout="cohn-kanade-images/S005/001/*.png and Emotion/S005/001/*_emotion.txt",
    labels=map_words(CLIPS),
    subsets={"labelled": Subset("the 327 sequences with an emotion label", CLIPS, 118)},
    read=read,
    remarks=("Sequences end at their peak: readings.clips.peak: annotated takes their last frames.",),
)
