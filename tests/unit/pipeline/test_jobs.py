"""How a job ends: with one sentence where the user can mend the fault, else with the program's own words."""

import errno
import logging
from types import SimpleNamespace

import pytest

from videofer.core.errors import UserError
from videofer.pipeline.jobs import job


@pytest.fixture
def snakemake(tmp_path):
    yield SimpleNamespace(rule="detect_faces", log=[str(tmp_path / "logs/detect_faces/a.log")])
    logging.raiseExceptions = True


def end(snakemake, error):
    with job(snakemake):
        raise error


@pytest.mark.parametrize(("error", "sentence"), [
    (UserError("a.mp4 is empty."), "detect_faces: a.mp4 is empty."),
    (OSError(errno.ENOSPC, "No space left on device", "x/y.png"),
     "detect_faces: x/y.png: the disk is full: free some space, or choose another folder."),
    (OSError(errno.EROFS, "Read-only file system"),
     "detect_faces: the disk cannot be written to: choose another folder."),
])  # fmt: skip
def test_what_the_user_can_mend_is_one_sentence(snakemake, tmp_path, error, sentence):
    with pytest.raises(SystemExit) as ended:
        end(snakemake, error)
    assert ended.value.code == sentence
    log = (tmp_path / "logs/detect_faces/a.log").read_text()
    assert sentence.removeprefix("detect_faces: ") in log and "Traceback" not in log


def test_a_fault_of_the_program_is_told_whole(snakemake, tmp_path):
    with pytest.raises(ZeroDivisionError):
        end(snakemake, ZeroDivisionError("why"))
    assert "Traceback" in (tmp_path / "logs/detect_faces/a.log").read_text()
    with pytest.raises(OSError, match="Input/output"):
        end(snakemake, OSError(errno.EIO, "Input/output error"))
