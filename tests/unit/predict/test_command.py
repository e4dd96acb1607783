"""videofer predict, from a film of rendered people to its tables, film, figure and page, as the page describes."""

import json
import os
import subprocess
import sys
import weakref
from itertools import pairwise
from pathlib import Path

import av
import numpy as np
import pandas as pd
import pympi
import pytest
from PIL import Image
from sample_videos import write_video

import videofer
from benchmarks.predict_quality import RATE, cross, keep_numbers
from videofer import Recognizer
from videofer.__main__ import main
from videofer.core.errors import UserError
from videofer.faces.model_files import OWN
from videofer.predict.options import DEFAULT_BUNDLE
from videofer.predict.prediction import QUALITY, SPAN
from videofer.predict.stream import VideoStream
from videofer.video.decode import read_frames

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs/use-a-model.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def written(film, bundle, tmp_path_factory):
    """The output folder of a full run over a folder with a good and a broken film."""
    films, out = tmp_path_factory.mktemp("films"), tmp_path_factory.mktemp("out")
    (films / "comes back.mp4").symlink_to(film)
    (films / "broken.mp4").write_text("no film")
    arguments = ["predict", str(films), "--bundle", str(bundle), "--out", str(out)]
    status = main([*arguments, "--frames", "--annotate", "--plot", "--report", "--tiers", "--confidence", "0"])
    return out, status, arguments


def test_every_file_and_column_is_described(written):
    for path in written[0].iterdir():
        assert f"| `{path.name.replace('comes back', 'holiday')}` |" in PAGE
    for column in (*SPAN[1:], *QUALITY, "reason"):
        assert f"`{column}`" in PAGE


def test_a_person_who_comes_back_has_the_same_number_and_the_gap_is_a_row(written):
    out, status, _ = written
    assert status == 1  # one film is broken, the other is done all the same
    table = pd.read_csv(out / "comes back.mp4.csv")
    gap = table[table["status"] == "no face"]
    assert gap[["start_frame", "end_frame"]].to_numpy().tolist() == [[24, 48]]
    assert table["face"].dropna().unique().tolist() == [1]
    assert table["status"].unique().tolist() == ["ok", "no face"]
    np.testing.assert_allclose(table.filter(regex="^p_").dropna().sum(axis=1), 1, atol=1e-6)
    assert table["start_second"].iloc[-1] == pytest.approx(table["start_frame"].iloc[-1] / 25, abs=2e-3)
    frames = pd.read_csv(out / "comes back.mp4.frames.csv")
    assert frames["frame"].tolist() == list(range(73))
    assert not (out / "broken.mp4.csv").exists()


def test_the_film_marks_the_face_and_nothing_where_there_is_none(written, film):
    out, _, _ = written
    before, times = read_frames(film)
    after, annotated = read_frames(out / "comes back.mp4.annotated.mp4")
    assert after.shape == before.shape
    np.testing.assert_allclose(annotated - annotated[0], times - times[0], atol=2e-3)
    changed = np.abs(after.astype(int) - before).mean(axis=(1, 2))
    assert changed[:24].min() > 6 and changed[26:48].max() < 4
    with av.open(str(out / "comes back.mp4.annotated.mp4")) as container:
        assert container.streams.video[0].codec_context.name == "h264"
    assert (out / "comes back.mp4.png").read_bytes().startswith(b"\x89PNG")
    page = (out / "comes back.mp4.html").read_text()
    assert 'src="comes%20back.mp4.annotated.mp4"' in page and "data:image/jpeg" in page


def test_another_program_reads_the_tiers_and_they_are_the_table(written, tmp_path):
    path = written[0] / "comes back.mp4.TextGrid"
    grid, frames = pympi.TextGrid(str(path)), pd.read_csv(written[0] / "comes back.mp4.frames.csv")
    (tier,) = grid.get_tiers()
    assert (tier.name, tier.tier_type, grid.xmin, grid.xmax) == ("face 1", "IntervalTier", 0, pytest.approx(2.92))
    intervals = list(tier.get_all_intervals())
    assert all(left[1] == right[0] for left, right in pairwise(intervals))
    assert (intervals[0][0], intervals[-1][1]) == (0, grid.xmax)
    for row in frames.itertuples():  # also the second without a face
        (text,) = (text for start, end, text in intervals if start <= row.second + 0.01 < end)
        assert text == ("" if row.status == "no face" else row.label)
    grid.to_eaf().to_file(tmp_path / "elan.eaf")
    elan = pympi.Eaf(str(tmp_path / "elan.eaf"))
    assert [text for *_, text in elan.get_annotation_data_for_tier("face 1")] == [t for *_, t in intervals if t]


def test_what_is_done_is_left_alone_and_a_new_option_is_not(written, capsys):
    out, _, arguments = written
    table = out / "comes back.mp4.csv"
    before = table.stat().st_mtime_ns
    assert main([*arguments, "--confidence", "0"]) == 1
    assert table.stat().st_mtime_ns == before
    assert main([*arguments, "--tiers", "--confidence", "0.99"]) == 1
    assert set(pd.read_csv(table)["status"]) == {"uncertain", "no face"}
    (tier,) = pympi.TextGrid(str(out / "comes back.mp4.TextGrid")).get_tiers()
    assert [text for *_, text in tier.get_all_intervals()] == ["uncertain", "", "uncertain"]
    assert "broken.mp4 is a text file, which cannot be read as a video" in capsys.readouterr().err.replace(
        "\n", " "
    )


def test_two_people_who_walk_past_each_other_keep_their_numbers(people, bundle, tmp_path):
    """One passes before the other, who cannot be seen for a while and comes out on the other side."""
    pictures = cross(*people)
    film = write_video(tmp_path / "cross.mp4", pictures, np.arange(len(pictures)) / RATE)
    assert keep_numbers(Recognizer.load(bundle, confidence=0), film)


def test_boxes_are_in_pixels_of_the_video_whatever_size_it_is_scaled_to(film, bundle):
    large, small = (Recognizer.load(bundle, max_height=height).recognise(film) for height in (480, 200))
    assert large.shown == small.shown == (320, 256)
    sizes = [prediction.tabulate_windows()["face_size"].dropna() for prediction in (large, small)]
    np.testing.assert_allclose(*sizes, rtol=0.06)


def test_progress_is_reported_and_predictions_do_not_depend_on_the_batches(film, bundle, monkeypatch):
    steps = []
    recognizer = Recognizer.load(bundle)
    whole = recognizer.recognise(film, lambda *step: steps.append(step)).tabulate_windows()
    assert steps == [(number, 73) for number in range(1, 74)]
    monkeypatch.setattr("videofer.predict.recognizer.BATCH", 1)
    pd.testing.assert_frame_equal(recognizer.predict(film), whole, rtol=1e-5)


def test_options_without_sense_are_refused(bundle):
    for option, message in (
        ({"stride": 17}, "stride is 17: give 1 to 16"),
        ({"confidence": 2}, "probability, 0"),
        ({"start": "0:01"}, "start is '0:01' and end is None: give seconds"),
    ):
        with pytest.raises(UserError, match=message):
            Recognizer.load(bundle, **option)


def test_a_part_of_a_film_keeps_the_clock_and_the_numbers_of_the_film(film, bundle, tmp_path):
    arguments = ["predict", str(film), "--bundle", str(bundle), "--start", "1.9", "--end", "0:00:02.6"]
    assert main([*arguments, "--out", str(tmp_path), "--frames", "--annotate", "--confidence", "0"]) == 0
    frames = pd.read_csv(tmp_path / "comes back.mp4.frames.csv")
    assert frames["frame"].tolist() == list(range(48, 66))  # 1.92 to 2.60 s
    assert frames["status"].tolist() == ["no face"] + ["ok"] * 17
    np.testing.assert_allclose(frames["second"], frames["frame"] / 25, atol=2e-3)
    whole = Recognizer.load(bundle).recognise(film).tabulate_frames().set_index("frame").loc[49:65, "left"]
    np.testing.assert_allclose(frames["left"][1:], whole, atol=4)
    drawn, seconds = read_frames(tmp_path / "comes back.mp4.annotated.mp4")
    source, _ = read_frames(film)
    np.testing.assert_allclose(seconds, np.arange(18) / 25, atol=2e-3)
    changed = np.abs(drawn.astype(int) - source[48:66]).mean(axis=(1, 2))
    assert changed[0] < 4 and changed[1:].min() > 6


def test_what_is_asked_of_a_part_must_make_sense(film, bundle, tmp_path, capsys):
    for options, words in (
        (["--start", "1:75"], "--start is 1:75: give seconds or h:mm:ss"),
        (["--end", "soon"], "--end is soon: give seconds or h:mm:ss"),
        (["--start", "2", "--end", "1"], "start is 2 s and end is 1.0 s"),
        (["--start", "1:00:00"], "comes back.mp4 ends at 2.9 s, before --start 3600"),
        (["--every", "0"], "every is 0"),
        (["--out", str(film)], "comes back.mp4 cannot be made"),
    ):
        assert main(["predict", str(film), "--bundle", str(bundle), "--out", str(tmp_path), *options]) == 1
        assert words in capsys.readouterr().err


def test_fewer_frames_are_a_film_of_fewer_a_second(people, bundle, tmp_path):
    """A window keeps its 16 steps of time; one of fewer than four different frames is uncertain."""
    film = write_video(tmp_path / "long.mp4", np.concatenate([people[0][:24]] * 3), np.arange(72) / 25)
    half, sixth = (Recognizer.load(bundle, every=n, confidence=0).recognise(film) for n in (2, 6))
    assert half.numbers.tolist() == list(range(0, 72, 2))
    windows = half.tabulate_windows()
    assert set(windows["status"]) == {"ok"} and set(windows["end_frame"] - windows["start_frame"]) <= {14, 16}
    assert set(sixth.tabulate_windows()["reason"].dropna()) == {"few frames"}


def test_the_largest_face_stays_alone_under_its_number(people, bundle, tmp_path):
    small = np.pad(people[1][:24, ::2, ::2], ((0, 0), (64, 64), (0, 0)), constant_values=90)
    film = write_video(tmp_path / "two.mp4", np.concatenate([small, people[0][:24]], axis=2), np.arange(24) / 25)
    table = Recognizer.load(bundle).predict(film)
    sizes = table.groupby("face")["face_size"].median()
    assert len(sizes) == 2
    alone = Recognizer.load(bundle, faces="largest").predict(film)
    pd.testing.assert_frame_equal(alone, table[table["face"] == sizes.idxmax()].reset_index(drop=True))


def test_the_package_itself_can_be_asked(film, bundle):
    code = "import sys, videofer; assert not {'numpy', 'pandas', 'dlib'} & set(sys.modules); "
    code += f"print(videofer.predict({str(film)!r}, path={str(bundle)!r}).to_csv(), end='')"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True)
    assert ran.stdout == Recognizer.load(bundle).predict(film).to_csv()
    pd.testing.assert_frame_equal(videofer.predict(film, path=bundle), Recognizer.load(bundle).predict(film))


def test_without_a_bundle_the_one_of_the_package_answers(film, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(["predict", str(film), "--format", "jsonl"]) == 0
    rows = [json.loads(line) for line in Path("predictions/comes back.mp4.jsonl").read_text().splitlines()]
    assert rows[0]["face"] == 1 and "p_neutral" in rows[0]
    said = capsys.readouterr()
    mean = pd.DataFrame(rows).query("face == 1").filter(like="p_").mean()
    answer = f"{mean.idxmax().removeprefix('p_')} {mean.max():.2f}"
    assert said.out.startswith(f"comes back.mp4: {answer} (") and said.out.endswith(" s\n")
    assert f"the model is {DEFAULT_BUNDLE}" in said.err and "wrote predictions/comes back.mp4.jsonl" in said.err
    assert main(["predict", str(film), "--format", "jsonl"]) == 0
    assert capsys.readouterr().out == "comes back.mp4: done before, in predictions/comes back.mp4.jsonl\n"
    assert main(["predict", str(film), "--format", "jsonl", "--again", "--quiet"]) == 0
    assert capsys.readouterr() == ("", "")


def test_without_dlib_s_models_whoever_comes_back_has_a_new_number_and_a_note_says_so(film, bundle, monkeypatch):
    known = Recognizer.load(bundle, confidence=0).predict(film)

    def absent(name):
        raise UserError(f"{name} comes with a package that is not there.")

    monkeypatch.setattr("videofer.predict.recognizer.model_path", absent)
    anew = Recognizer.load(bundle, confidence=0).predict(film)
    assert set(known["face"].dropna()) == {1} and set(anew["face"].dropna()) == {1, 2}
    assert "videofer[dlib]" in anew.loc[anew["status"] == "note", "reason"].item()


def test_without_dlib_s_models_the_free_bundle_answers_and_says_so(film, monkeypatch, caplog):
    def absent(name):
        raise UserError(f"{name} comes with a package that is not there.")

    for module in ("videofer.predict.recognizer", "videofer.faces.model_files"):
        monkeypatch.setattr(f"{module}.model_path", absent)
    recognizer = Recognizer.load()
    assert recognizer.bundle.preparation.landmark_model == OWN and "bundle free answers" in caplog.text
    answers = recognizer.predict(film)
    assert set(answers.loc[answers["face"].notna(), "status"]) <= {"ok", "uncertain"}


def test_frames_are_not_kept(bundle, people, tmp_path, monkeypatch):
    """Of a film of 200 frames no more are in memory than windows need."""
    pictures = np.concatenate([people[0][:20], people[0][19::-1]] * 5)[:200, ::2, ::2]
    film = write_video(tmp_path / "long.mp4", pictures, np.arange(len(pictures)) / 25)
    alive, most = weakref.WeakValueDictionary(), []
    iterate = VideoStream.__iter__

    def watched(self):
        for frame in iterate(self):
            alive[frame.number] = frame
            most.append(len(alive))
            yield frame

    monkeypatch.setattr(VideoStream, "__iter__", watched)
    Recognizer.load(bundle).recognise(film)
    assert len(most) == 200 and max(most) < 64


def test_each_video_has_its_own_answer_whatever_happens_to_the_others(
    bundle, people, tmp_path, capsys, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    write_video(Path("short.mp4"), people[0][:5], np.arange(5) / 25)
    write_video(Path("-slow.mp4"), people[0][:10], np.arange(10.0))
    Image.fromarray(people[0][12]).save("photo.png")
    write_video(Path("fast.mp4"), people[0][:20], np.arange(20) / 100)
    Path("broken.mp4").write_text("no film")
    given = ["broken.mp4", "short.mp4", "fast.mp4", "gone.mp4", "photo.png", "-slow.mp4"]
    assert main(["predict", "--bundle", str(bundle), "--confidence", "0", "--plot", "--tiers", "--", *given]) == 1
    said = capsys.readouterr().err
    for words in (
        "gone.mp4 does not exist",
        "broken.mp4 is a text file",
        "short.mp4 is too short: 5 frames, 8 needed.",
        "fast.mp4 is too short: 5 frames, 8 needed (1 in 4 is used).",
        "photo.png is made of pictures, and gets no .TextGrid.",
    ):
        assert words in said
    short, still, slow = (
        pd.read_csv(f"predictions/{name}.csv") for name in ("short.mp4", "photo.png", "-slow.mp4")
    )
    assert short[["status", "reason"]].to_numpy().tolist() == [["too short", "5 frames, 8 needed"]]
    assert still["status"].tolist() == ["uncertain"] and still["reason"].item().startswith("still picture")
    assert set(slow["status"]) == {"uncertain"} and slow["reason"].str.startswith("few frames").all()


def test_a_missing_camera_a_name_in_no_encoding_and_a_spoilt_film_leave_the_others(
    bundle, people, tmp_path, capsys, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    for name in ("spoilt.mp4", "whole.mp4"):
        write_video(Path(name), people[0][:5], np.arange(5) / 25)
    arguments = ["predict", "9", os.fsdecode(b"caf\xe9.mp4"), "spoilt.mp4", "whole.mp4", "--bundle", str(bundle)]
    main(arguments)
    Path(os.fsdecode(b"caf\xe9.mp4")).write_bytes(Path("whole.mp4").read_bytes())
    Path("spoilt.mp4").write_text("no film")
    capsys.readouterr()
    assert main(arguments) == 1
    printed, said = capsys.readouterr()
    assert printed == "whole.mp4: done before, in predictions/whole.mp4.csv\n"  # and nothing of the spoilt one
    assert "There is no camera 9" in said
    assert r"caf\udce9.mp4 has a name that is not in UTF-8: rename it." in said
    assert "spoilt.mp4 is a text file" in said
