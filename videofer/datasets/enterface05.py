"""eNTERFACE'05: people of fourteen nations react to short stories, five sentences an emotion."""

import re
from pathlib import Path

from videofer.core.clip import Clip
from videofer.datasets.adapter import DataSet, Found, Subset, map_words
from videofer.datasets.sources import DEEPEST, VIDEOS, WIDEST, descend, list_files, list_folders

WORDS = ("anger", "disgust", "fear", "happiness", "sadness", "surprise")
SUBJECT = re.compile(r"subject[ _-]*(\d+)", re.IGNORECASE)


def read(root: Path, subset: str) -> Found:
    """Read subject N/emotion/sentence k/*.avi, where some trees lack the sentence's folder.

    Subject and emotion are those of the folders: some files bear another subject's prefix.
    """
    found = Found()
    for number, folder in sorted(_find_subjects(root).items()):
        for word in WORDS:
            emotion = descend(folder, word)
            name = f"subject{number}-{word}"
            videos = [v for f in (emotion, *list_folders(emotion)) for v in list_files(f, VIDEOS)]
            if not videos:
                found.reject(name, folder / word, "holds no video: copy it again.")
            for video in videos:
                sentence = "-".join(part.replace(" ", "") for part in video.relative_to(emotion).parts)
                clip = Clip(f"{name}-{Path(sentence).stem}", str(video), f"subject{number}", word)
                found.clips.append(clip)
    return found


def _find_subjects(root: Path) -> dict[int, Path]:
    """Return number -> folder of the subjects, which lie in "enterface database", in `root` or up to two deeper."""
    parents = [root]
    for _ in range(DEEPEST + 2):
        inner = [folder for parent in parents for folder in list_folders(parent)]
        subjects = {int(match[1]): f for f in inner if (match := SUBJECT.fullmatch(f.name))}
        if subjects:
            return subjects
        parents = inner[:WIDEST]
    return {}


DATASET = DataSet(
    title="eNTERFACE'05 audio-visual emotion database",
    reference="Martin, Kotsia, Macq, Pitas 2006",
    licence="free for research",
    source="http://www.enterface.net/enterface05",
    layout="subject 1/anger/sentence 1/s1_an_1.avi",
    labels=map_words(WORDS),
    subsets={"all": Subset("all videos; trees in circulation hold up to 1293 of 44 subjects", 1166, 42)},
    read=read,
    remarks=(
        "Where subject 6 is not cut into sentences, its five count as one clip of each emotion; subject 23 lacks "
        "some emotions.",
    ),
)
