"""RAVDESS: actors speak and sing two sentences; each recording exists with and without its sound."""

import re
from collections import defaultdict
from pathlib import Path

from videofer.datasets.adapter import DataSet, Found, Subset, map_words
from videofer.datasets.sources import find_files

WORDS = ("neutral", "calm", "happy", "sad", "angry", "fearful", "disgust", "surprised")  # of the codes 1 to 8
CHANNELS = {"01": "speech", "02": "song"}
NAME = re.compile(r"(0[12])-(0[12])-(0[1-8])-(\d\d)-(\d\d)-(\d\d)-(\d\d)", re.ASCII)
SPEECH = dict(zip(WORDS, (96, *[192] * 7), strict=True))  # 24 actors
SONG = dict(zip(WORDS[:6], (92, *[184] * 5), strict=True))  # 23 of them: actor 18 does not sing


def read(root: Path, subset: str, found: Found) -> None:
    """Read the videos at any depth; of twins with and without sound, the one with sound counts."""
    twins: dict[tuple[str, ...], list[Path]] = defaultdict(list)
    for path in find_files(root, {".mp4"}):
        codes = NAME.fullmatch(path.stem)
        if codes is None:
            found.left_out["a video that is not named like RAVDESS"] += 1
        elif subset in (CHANNELS[codes[2]], "both"):
            twins[codes.groups()[1:]].append(path)
        else:
            found.left_out[f"{CHANNELS[codes[2]]}, not asked for"] += 1
    for (channel, emotion, *_, actor), paths in sorted(twins.items()):
        first, *others = sorted(paths, key=lambda path: (path.name, str(path)))
        if others:
            found.left_out["the same performance without sound, or a second copy"] += len(others)
        word, view = WORDS[int(emotion) - 1], f"frontal, {CHANNELS[channel]}"
        found.add(first.stem, first, f"Actor_{actor}", word, view=view)


DATASET = DataSet(
    title="RAVDESS, Ryerson Audio-Visual Database of Emotional Speech and Song",
    reference="Livingstone, Russo 2018",
    licence="CC BY-NC-SA 4.0",
    source="https://zenodo.org/records/1188976 (open; docs/data-sets.md has the commands)",
    layout="Actor_01/01-01-03-01-01-01-01.mp4",
    labels=map_words(WORDS),
    subsets={
        "speech": Subset("spoken sentences", SPEECH, 24),
        "song": Subset("sung sentences, without disgust and surprise (see dataset.classes)", SONG, 23),
        "both": Subset("speech and song", {word: SPEECH[word] + SONG.get(word, 0) for word in SPEECH}, 24),
    },
    read=read,
    remarks=("Twins with and without sound count once, by the one with sound; all of an actor stay on one side.",),
)
