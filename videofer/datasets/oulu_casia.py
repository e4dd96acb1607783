"""Oulu-CASIA NIR&VIS: picture sequences from the neutral face to the peak, by two cameras in three lights."""

from pathlib import Path

from videofer.datasets.adapter import DataSet, Found, Subset, map_words
from videofer.datasets.sources import PICTURES, descend, list_files, list_folders, locate

CAMERAS = {"VL": "visible light", "NI": "near infrared"}
LIGHTS = ("Strong", "Weak", "Dark")
WHOLE, CUT = ("OriginalImg", "B_OriginalImg"), ("PreProcess_Img", "PreProcessImg", "PreProcess")  # its releases
WORDS = ("Anger", "Disgust", "Fear", "Happiness", "Sadness", "Surprise")
RATE = 25.0  # Zhao et al. 2011


def read(root: Path, subset: str, found: Found) -> None:
    """Read the sequences of one camera and light: whole pictures, or else the faces that the authors cut out."""
    camera, light = subset.split("-")
    whole = [f"{folder}/{camera}/{light}" for folder in WHOLE]
    cut = [f"{folder}/{camera}_Acropped/{light}" for folder in CUT]
    for subject in list_folders(locate(root, *whole, *cut)):
        for word in WORDS:
            sequence = descend(subject, word)
            name = f"{subject.name}-{word}-{subset}"
            if count := len(list_files(sequence, PICTURES)):
                found.add(name, sequence, subject.name.upper(), word, onset=0, apex=count - 1, rate=RATE)
            else:
                found.reject(name, subject / word, "is missing or empty: copy it again.")


DATASET = DataSet(
    title="Oulu-CASIA NIR&VIS facial expression database",
    reference="Zhao, Huang, Taini, Li, Pietikäinen 2011",
    licence="free for research, by a signed agreement",
    source="Center for Machine Vision and Signal Analysis, University of Oulu (agreement by e-mail)",
    layout="OriginalImg/VL/Strong/P001/Anger/000.jpeg and the like for NI, Weak and Dark",
    labels=map_words(WORDS),
    subsets={
        f"{camera}-{light}": Subset(f"{kind}, {light.lower()} light", dict.fromkeys(WORDS, 80), 80)
        for camera, kind in CAMERAS.items()
        for light in LIGHTS
    },
    read=read,
    remarks=("Sequences end at their peak: readings.clips.peak: annotated takes their last frames.",),
)
