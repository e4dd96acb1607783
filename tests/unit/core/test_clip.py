"""What one clip does wrong rejects that clip; what the machine or a setting does wrong fails the job."""

import errno
import os

import pytest

from videofer.core.artifacts import read_arrays
from videofer.core.clip import rejection_kept
from videofer.core.errors import UserError


@pytest.fixture
def film(tmp_path):
    (tmp_path / "a.mp4").write_text("a film")
    return tmp_path / "a.mp4"


def work(film, error):
    out = film.with_name("a.safetensors")
    with rejection_kept("decode", out, "frames", {}, [film]):
        raise error
    return read_arrays(out, "frames")


@pytest.mark.parametrize(("error", "words"), [
    (MemoryError(), "(MemoryError)"),
    (RuntimeError("dlib: line 1\nline 2"), "(RuntimeError: dlib: line 1 line 2)"),
    (KeyError("rate"), "(KeyError: 'rate')"),
    (OSError(errno.EIO, "Input/output error"), "Input/output error"),
])  # fmt: skip
def test_any_error_of_one_film_rejects_it_in_one_sentence(film, error, words, caplog):
    answer = work(film, error)
    assert f"{film} cannot be used" in answer.rejected and words in answer.rejected
    assert answer.parameters["stage"] == "decode" and answer.meta["inputs"][0][0] == "a.mp4"
    assert "Traceback" in caplog.text


def test_a_film_that_may_not_be_read_is_rejected(film):
    film.chmod(0)
    if os.access(film, os.R_OK):
        pytest.skip("root may read everything")
    with pytest.raises(PermissionError) as caught:
        film.read_bytes()
    assert "Permission denied" in work(film, caught.value).rejected


def test_a_film_within_a_folder_that_may_not_be_read_is_that_clip_s_fault(film):
    assert work(film.parent, PermissionError(errno.EACCES, "Permission denied", str(film))).rejected


@pytest.mark.parametrize("error", [
    OSError(errno.ENOSPC, "No space left on device"),
    PermissionError(errno.EACCES, "Permission denied", "/elsewhere/out"),
    UserError("faces: landmark_model x does not exist."),
])  # fmt: skip
def test_a_full_disk_and_a_wrong_setting_still_fail_the_job(film, error):
    with pytest.raises(type(error)):
        work(film, error)
    assert not film.with_name("a.safetensors").exists()
