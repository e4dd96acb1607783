"""eNTERFACE'05: people of fourteen nations react to short stories, five sentences an emotion."""

import re
from pathlib import Path

from videofer.core.clip import Clip
from videofer.datasets.adapter import DEEPEST, WIDEST, DataSet, Found, Subset, folders, match_word
from videofer.datasets.sources import VIDEOS, list_files

WORDS = ("anger", "disgust", "fear", "happiness", "sadness", "surprise")
SUBJECT = re.compile(r"subject[ _-]*(\d+)", re.IGNORECASE)


def read(root: Path, subset: str) -> Found:
    """Read subject N/emotion/sentence k/*.avi, where some trees lack the sentence's folder.

    Subject and emotion are those of the folders: some files bear another subject's prefix.
    """
    found = Found()
    for subject in _list_subjects(root):
        number = int(SUBJECT.fullmatch(subject.name)[1])
        words = {match_word(folder.name, WORDS): folder for folder in folders(subject)}
        for word in WORDS:
            videos = _list_videos(words[word]) if word in words else []
            if not videos:
                place = subject / word
                found.reject(f"subject{number}-{word}", place, f"{place} holds no video: copy it again.")
            for video in videos:
                sentence = "-".join(part.replace(" ", "") for part in video.relative_to(words[word]).parts)
                name = f"subject{number}-{word}-{Path(sentence).stem}"
                found.clips.append(Clip(name, str(video), f"subject{number}", word))
    return found


def _list_subjects(root: Path) -> list[Path]:
    """Return the folders of the subjects, which lie in "enterface database", in `root` or up to two deeper."""
    places = [root]
    for _ in range(DEEPEST + 2):
        inner = [folder for place in places for folder in folders(place)]
        subjects = [folder for folder in inner if SUBJECT.fullmatch(folder.name)]
        if subjects:
            return sorted(subjects, key=lambda folder: int(SUBJECT.fullmatch(folder.name)[1]))
        places = inner[:WIDEST]
    return []


def _list_videos(folder: Path) -> list[Path]:
    return list_files(folder, VIDEOS) + [video for inner in folders(folder) for video in list_files(inner, VIDEOS)]


DATASET = DataSet(
    title="eNTERFACE'05 audio-visual emotion database",
    reference="Martin, Kotsia, Macq, Pitas 2006",
    licence="free for research",
    source="http://www.enterface.net/enterface05",
    layout="subject 1/anger/sentence 1/s1_an_1.avi",
    labels=dict(zip(WORDS, ("angry", "disgust", "fear", "happy", "sad", "surprise"), strict=True)),
    subsets={"all": Subset("all videos; trees in circulation hold up to 1293 of 44 subjects", 1166, 42)},
    read=read,
    remarks=(
        "Where subject 6 is not cut into sentences, its five count as one clip of each emotion; subject 23 lacks "
        "some emotions.",
    ),
)
