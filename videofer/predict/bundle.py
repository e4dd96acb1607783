"""A bundle: a trained model as one folder that can be shared, verified whenever it is read, and its networks.

SHA256SUMS lists every other file (`sha256sum -c SHA256SUMS` verifies it without videofer); networks.onnx has the
networks, bundle.json describes them and how a face is prepared for them; README.md is the model's card.
"""

import contextlib
import hashlib
import json
import shutil
import tempfile
import zipfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from videofer.core import __version__
from videofer.core.artifacts import sha256_file
from videofer.core.errors import UserError
from videofer.faces.model_files import DLIB, OWN, identify_landmark_model

# Raise it when the meaning of bundle.json changes: other versions are refused.
VERSION = 4
LARGEST = 4_000_000_000  # bytes of an unpacked bundle: five networks of the paper's size have a tenth
RECORD, CARD, SUMS = "bundle.json", "README.md", "SHA256SUMS"
NETWORKS = "networks.onnx"
AGAIN = "export or copy it again"


@dataclass(frozen=True)
class Preparation:
    """How the clips of the training were made of their videos, which is how those of other videos must be made.

    detector, upsample, max_gap, track: of `faces.detect_faces`; length, size, margin, min_frames: of
    `peak.select_peak`; rate: frames a second, the median over the training clips; landmark_model: of
    `load_landmark_model`, or the name of the one that the bundle brings.
    """

    detector: str
    upsample: int
    max_gap: int
    track: str
    length: int
    size: int
    margin: int
    min_frames: int
    rate: float
    landmark_model: str


@dataclass(frozen=True)
class Bundle:
    """A verified bundle: name of its file or folder, record of bundle.json, file of its networks.

    landmark_model: of `load_landmark_model`; digest: sha256 over its list of checksums.
    """

    name: str
    record: Mapping
    preparation: Preparation
    networks: Path
    landmark_model: str
    digest: str


def name_model(record: Mapping) -> str:
    """Return what a model is called in its card and on pages; record: that of bundle.json."""
    return f"{record['model']} ({record['variant']}), trained on {record['data']['name']}"


def hash_subject(name: str) -> str:
    """Return what stands for a person's name in bundle.json: 16 hex digits, by which it is found, but not read."""
    return hashlib.sha256(name.encode()).hexdigest()[:16]


def write_bundle(out: Path, record: Mapping, files: Mapping[str, Path], card: str) -> None:
    """Write a bundle to a folder, or to one file where `out` ends with .zip, in one step.

    record: what `export_bundle` states in bundle.json; files: name in the bundle -> file, which is copied as it is.
    Raises UserError if `out` exists.
    """
    if out.exists():
        raise UserError(f"{out} exists: remove it, or give another name.")
    out.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=out.parent, prefix=f".{out.name}-") as temporary:
        folder = Path(temporary, out.name.removesuffix(".zip"))
        for name, path in files.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, folder / name)
        described = {"format": "bundle", "version": VERSION, "videofer": __version__} | dict(record)
        (folder / RECORD).write_text(json.dumps(described, indent=2, sort_keys=True) + "\n", encoding="utf-8")
        (folder / CARD).write_text(card, encoding="utf-8")
        listed = sorted(path for path in folder.rglob("*") if path.is_file())
        sums = "".join(f"{sha256_file(path)}  {path.relative_to(folder).as_posix()}\n" for path in listed)
        (folder / SUMS).write_text(sums, encoding="utf-8")
        if out.suffix == ".zip":
            folder = Path(shutil.make_archive(str(Path(temporary, "packed")), "zip", temporary, folder.name))
        folder.replace(out)


@contextlib.contextmanager
def open_bundle(path: str | Path) -> Iterator[Bundle]:
    """Read and verify a bundle, a folder or a .zip; its files can be read within the block.

    Raises UserError, in one sentence, if it is no bundle, damaged, changed or of another version.
    """
    path = Path(path)
    if not zipfile.is_zipfile(path):
        yield _read_folder(path, path)
        return
    with tempfile.TemporaryDirectory(prefix="videofer-") as temporary:
        try:
            with zipfile.ZipFile(path) as archive:
                size = sum(member.file_size for member in archive.infolist())
                if size > LARGEST:
                    raise UserError(f"{path} unpacks to {size} bytes, more than any bundle: get it again.")
                archive.extractall(temporary)
        # RuntimeError: encrypted
        except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, ValueError) as error:
            raise UserError(f"{path} cannot be unpacked ({error}): {AGAIN}.") from None
        inside = [found.parent for found in Path(temporary).glob(f"*/{RECORD}")]
        yield _read_folder(inside[0] if len(inside) == 1 else Path(temporary), path)


def _read_folder(folder: Path, path: Path) -> Bundle:
    """Read and verify an unpacked bundle; path: what the user gave."""
    try:
        record = json.loads((folder / RECORD).read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError):
        raise UserError(f"{path} is not a bundle (it has no {RECORD}): make one by `videofer export`.") from None
    except (UnicodeDecodeError, json.JSONDecodeError):
        raise UserError(f"{path} is damaged ({RECORD} cannot be read): {AGAIN}.") from None
    if not isinstance(record, dict) or record.get("format") != "bundle":
        raise UserError(f"{path} is not a bundle of videofer: make one by `videofer export`.")
    if record.get("version") != VERSION:
        made = record.get("videofer")
        raise UserError(
            f"{path} is a bundle of version {record.get('version')}, and videofer {__version__} reads version "
            f"{VERSION}: export it again{'' if made == __version__ else f', or use videofer {made}'}."
        )
    try:
        preparation = Preparation(**record["preparation"])
    except (KeyError, TypeError) as error:
        raise UserError(f"{path} is damaged ({RECORD}: {error}): {AGAIN}.") from None
    landmarks = preparation.landmark_model
    brought = landmarks not in (OWN, DLIB)
    digest = _verify(folder, path, [RECORD, CARD, NETWORKS, *([landmarks] if brought else [])])
    landmarks = str(folder / landmarks) if brought else landmarks
    if identify_landmark_model(landmarks) != record.get("landmark_model_sha256"):
        raise UserError(
            f"{path} was made with another landmark model {landmarks} than that of videofer {__version__}: make it "
            f"again, or use videofer {record.get('videofer')}."
        )
    return Bundle(path.name, record, preparation, folder / NETWORKS, landmarks, digest)


def _verify(folder: Path, path: Path, needed: Sequence[str]) -> str:
    """Check every file against SHA256SUMS, which must list those needed, and return the digest of that list."""
    try:
        text = (folder / SUMS).read_text(encoding="utf-8")
    except (FileNotFoundError, UnicodeDecodeError):
        raise UserError(f"{path} is damaged ({SUMS} cannot be read): {AGAIN}.") from None
    listed = {PurePosixPath(line[66:]): line[:64] for line in text.splitlines()}
    for file, digest in listed.items():
        if not (folder / file).is_file():
            raise UserError(f"{path} is not complete ({file} is missing): {AGAIN}.")
        if sha256_file(folder / file) != digest:
            raise UserError(f"{path} was changed or damaged ({file} does not match {SUMS}): copy it again.")
    for file in needed:
        if PurePosixPath(file) not in listed:
            raise UserError(f"{path} was changed ({SUMS} does not list {file}): copy it again.")
    return hashlib.sha256(text.encode()).hexdigest()
