"""Small trees in exactly the layout of each published data set, and what a scan should find in them."""

from collections.abc import Callable, Iterator, Sequence
from itertools import product
from pathlib import Path

from sample_videos import run_ffmpeg

from videofer.core.study import CLASSES

PAL = "scale=720:576,setsar=1"
# Containers and codecs as the sets use them; filters bring the picture to the size of the set.
CODECS = {
    ".avi": ["-c:v", "mpeg2video", "-q:v", "3", "-pix_fmt", "yuv420p"],
    ".flv": ["-c:v", "flv1", "-q:v", "3"],
    ".mp4": ["-c:v", "libx264", "-pix_fmt", "yuv420p", "-c:a", "aac"],
}
FILM_WORDS = "Angry Disgust Fear Happy Sad Surprise"  # of AFEW and FERV39k
DV = ["-c:v", "dvvideo", "-pix_fmt", "yuv420p", "-r", "25"]  # what MMI's tapes were
PORTRAIT = "crop=ih*4/5:ih,scale=576:720,setsar=1"  # a face that fills a picture on its side
SIDEWAYS = f"{PORTRAIT},transpose=cclock"


class Touch:
    """Writes empty files: a scan opens no video."""

    def video(self, path: Path, person: int, label: str, **how) -> None:
        write_text(path)

    def pictures(self, folder: Path, person: int, label: str, name: str) -> None:
        for number in range(1, 4):
            write_text(folder / (name % number))


class Filmed:
    """Writes real videos: `source` gives the film of a person and a label. No two files have the same bytes.

    first: a filter before all others; a mirrored film is no copy of the other.
    """

    def __init__(self, source: Callable[[int, str], Path], first: str = "null"):
        self.source, self.first, self.written = source, first, 0

    def video(self, path: Path, person: int, label: str, codec: Sequence[str] = (), filters: str = "null", **how):
        path.parent.mkdir(parents=True, exist_ok=True)
        self.written += 1
        sound = ["-f", "lavfi", "-i", "anullsrc", "-shortest"] if how.get("sound") else []
        tag = ["-metadata", f"comment=recording {self.written}"]
        coded = codec or CODECS[path.suffix.lower()]
        run_ffmpeg(
            "-i", self.source(person, label), *sound, "-vf", f"{self.first},{filters}", *coded, *tag, f"file:{path}"
        )

    def pictures(self, folder: Path, person: int, label: str, name: str) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.written += 1
        # A light of its own for each sequence, as different people would have.
        filters = f"{self.first},format=gray,eq=brightness={self.written / 1000}"
        run_ffmpeg("-i", self.source(person, label), "-vf", filters, "-start_number", "1", folder / name)


Builder = Iterator[tuple[Path, str, str]]  # path, subject and label of each clip that a scan should find
People = Sequence[int]


def say(label: str, words: str) -> str:
    """Return the word of a class; `words` are in the order of CLASSES."""
    return words.split()[CLASSES.index(label)]


def write_text(path: Path, text: str = "") -> None:
    """Write a file and the folders that it needs."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def build_mmi(root: Path, writer, people: People, labels: Sequence[str]) -> Builder:
    """Person 1 is filmed from two sides, person 2 upright, everybody else lying."""
    half = "scale=360:288,pad=360:576:0:144,setsar=1"
    pictures = {1: f"split[a][b];[a]{half},hflip,boxblur=9[p];[b]{half}[f];[p][f]hstack", 2: PAL}
    session = 0
    for person in people:
        subject, view = {1: ("S001", 2), 2: ("S053", 0)}.get(person, (f"S{person + 20:03d}", 0))
        for number, label in enumerate(labels, start=1):
            session += 1
            folder = root / "Sessions" / str(session)
            video = folder / f"{subject}-{number:03d}.avi"
            writer.video(video, person, label, codec=DV, filters=pictures.get(person, SIDEWAYS))
            write_mmi_xml(folder, video.stem, CLASSES.index(label) + 1, view)
            yield video, subject, label


def write_mmi_xml(folder: Path, name: str, code: int | None, view: int = 0, coded: Sequence[int] = ()) -> None:
    """Write the XML files of a session; `coded`: frames of onset, apex and offset of an action unit, from 1."""
    tag = "" if code is None else f'<Metatag Name="Emotion" Value="{code}"/>'
    text = f'<?xml version="1.0"?><Annotation><Metatag Name="Creator" Value="x"/>{tag}</Annotation>'
    write_text(folder / f"{name}.xml", text)
    annotations = f'<annotation filename="{name}.xml"/>'
    if coded:
        annotations += f'<annotation filename="{name}-oao_aucs.xml"/>'
        markers = "".join(f'<Marker Type="{kind}" Frame="{n}"/>' for kind, n in enumerate((1, *coded)))
        unit = f'<ActionUnit Number="12">{markers}</ActionUnit>'
        text = f"<Annotation><ActionUnits>{unit}</ActionUnits></Annotation>"
        write_text(folder / f"{name}-oao_aucs.xml", text)
    track = f'<track filename="{name}.avi" view="{view}">{annotations}</track>'
    write_text(folder / "session.xml", f'<session sessionId="1">{track}</session>')


def build_ck_plus(root: Path, writer, people: People, labels: Sequence[str]) -> Builder:
    for person in people:
        subject = f"S{person + 9:03d}"
        for number, label in enumerate(labels, start=1):
            inner, name = Path(subject, f"{number:03d}"), f"{subject}_{number:03d}"
            writer.pictures(root / "cohn-kanade-images" / inner, person, label, f"{name}_%08d.png")
            code = f"   {say(label, '1 3 4 5 6 7')}.0000000e+00\n"
            write_text(root / "Emotion" / inner / f"{name}_00000011_emotion.txt", code)
            yield root / "cohn-kanade-images" / inner, subject, label


def build_oulu_casia(root: Path, writer, people: People, labels: Sequence[str]) -> Builder:
    for person, label in product(people, labels):
        word = say(label, "Anger Disgust Fear Happiness Sadness Surprise")
        folder = root / "OriginalImg" / "VL" / "Strong" / f"P{person:03d}" / word
        writer.pictures(folder, person, label, "%03d.jpeg")
        yield folder, f"P{person:03d}", label


def build_ravdess(root: Path, writer, people: People, labels: Sequence[str]) -> Builder:
    for person, label in product(people, labels):
        name = f"01-{say(label, '05 07 06 03 04 08')}-01-01-01-{person:02d}"
        video = root / f"Actor_{person:02d}" / f"01-{name}.mp4"
        writer.video(video, person, label, filters="scale=1280:720,setsar=1", sound=True)
        writer.video(video.with_name(f"02-{name}.mp4"), person, label, filters="scale=1280:720,setsar=1")
        yield video, f"Actor_{person:02d}", label


def build_crema_d(root: Path, writer, people: People, labels: Sequence[str]) -> Builder:
    for person, label in product(people, (label for label in labels if label != "surprise")):
        video = root / "VideoFlash" / f"{1000 + person}_DFA_{say(label, 'ANG DIS FEA HAP SAD')}_XX.flv"
        writer.video(video, person, label, filters="scale=480:360,setsar=1")
        yield video, f"{1000 + person}", label
    (root / "VideoDemographics.csv").write_text("ActorID,Age,Sex,Race,Ethnicity\n1001,51,Male,Caucasian,x\n")


def build_enterface05(root: Path, writer, people: People, labels: Sequence[str]) -> Builder:
    for person, label in product(people, labels):
        word = say(label, "anger disgust fear happiness sadness surprise")
        folder = root / "enterface database" / f"subject {person}" / word
        # One subject's folder lacks the sentences' folders, another's files bear a wrong prefix.
        inner = folder if person == 2 else folder / "sentence 1"
        video = inner / f"s{person + (person == 3)}_{word[:2]}_1.avi"
        writer.video(video, person, label, filters=PAL)
        yield video, f"subject{person}", label


def build_savee(root: Path, writer, people: People, labels: Sequence[str]) -> Builder:
    for person in people:
        subject = ("DC", "JE", "JK", "KL")[person - 1]
        for label in labels:
            video = root / "AudioVisualClip" / subject / f"{say(label, 'a d f h sa su')}{person}.avi"
            writer.video(video, person, label)
            yield video, subject, label


def build_baum_1(root: Path, writer, people: People, labels: Sequence[str]) -> Builder:
    from openpyxl import Workbook

    book = Workbook()
    book.active.append(["No", "Subject", "Affect", "Clip Name", "Emotion", "Emotion Code", "Gender"])
    for person in people:
        for number, label in enumerate(labels, start=1):
            name = f"S{person:03d}_{number:03d}"
            video = root / "BAUM1s_MP4 - All" / f"s{person:03d}" / f"{name}.mp4"
            writer.video(video, person, label, filters="scale=854:480,setsar=1")
            word, code = say(label, "Anger Disgust Fear Happy Sadness Surprise"), say(label, "1 6 7 8 10 11")
            book.active.append([number, person, "", name, word, int(code), "F"])
            yield video, f"S{person:03d}", label
    book.save(root / "Annotations_BAUM1s.xlsx")


def build_afew(root: Path, writer, people: People, labels: Sequence[str]) -> Builder:
    number = 0
    for part in ("train", "val"):
        writer.video(root / f"{part}_afew" / "Neutral" / f"{part}.avi", people[0], labels[0])
        for person in people if part == "train" else people[-1:]:
            for label in labels:
                number += 40
                video = root / f"{part}_afew" / say(label, FILM_WORDS) / f"{number:09d}.avi"
                writer.video(video, person, label, filters=PAL if part == "train" else f"hflip,{PAL}")
                yield video, f"{part}-{video.stem}", label


def build_dfew(root: Path, writer, people: People, labels: Sequence[str]) -> Builder:
    tables = dict.fromkeys(range(1, 6), "video_name,label\n")
    for number, (person, label) in enumerate(product(people, labels), start=1):
        folder = root / "Clip" / "clip_224x224" / f"{number:05d}"
        writer.pictures(folder, person, label, f"{number:05d}_%05d.jpg")
        tables[number % 5 + 1] += f"{number},{say(label, '4 6 7 1 2 5')}\n"
        yield folder, f"{number:05d}", label
    for fold, text in tables.items():
        write_text(root / "EmoLabel_DataSplit" / "test(single-labeled)" / f"set_{fold}.csv", text)


def build_ferv39k(root: Path, writer, people: People, labels: Sequence[str]) -> Builder:
    tables = {"train": "", "test": ""}
    for person, label in product(people, labels):
        inner = f"Action/{say(label, FILM_WORDS)}/{person:04d}"
        writer.pictures(root / "2_ClipsforFaceCrop" / inner, person, label, "%03d.jpg")
        tables["test" if person == people[-1] else "train"] += f"{inner} {say(label, FILM_WORDS)}\n"
        yield root / "2_ClipsforFaceCrop" / inner, inner.replace("/", "-"), label
    for part, text in tables.items():
        write_text(root / "4_setups" / "All_scenes" / f"{part}_All.csv", text)


def build_adfes(root: Path, writer, people: People, labels: Sequence[str]) -> Builder:
    for person, label in product(people, labels):
        word = say(label, "Anger Disgust Fear Joy Sadness Surprise")
        video = root / "Face Forward" / f"F{person:02d}-{word}-Face Forward.mp4"
        writer.video(video, person, label)
        yield video, f"F{person:02d}", label


BUILDERS = {n[6:].replace("_", "-"): f for n, f in list(globals().items()) if n.startswith("build_")}


def build_tree(
    kind: str, root: Path, writer=None, people: People = (1, 2, 3), labels: Sequence[str] = CLASSES
) -> list[tuple[Path, str, str]]:
    """Write a tree of the set `kind` under `root`; returns (path, subject, label) of each clip to be found."""
    root.mkdir(parents=True, exist_ok=True)
    return list(BUILDERS[kind](root, writer or Touch(), people, labels))
