"""The command line: errors that the user can mend are one sentence, others are not hidden; `--help` is quick."""

import errno
import subprocess
import sys

import pytest

from videofer.__main__ import main


@pytest.mark.parametrize(
    "error, status, message",
    [
        (
            OSError(errno.ENOSPC, "No space left on device", "out/film.mp4"),
            1,
            "out/film.mp4: the disk is full: free",
        ),
        (KeyboardInterrupt(), 130, ""),
        (OSError(errno.EIO, "Input/output error"), None, ""),
    ],
)
def test_what_ends_a_command(error, status, message, monkeypatch, capsys):
    def fail():
        raise error

    monkeypatch.setattr("videofer.datasets.check.list_datasets", fail)
    if status is None:
        with pytest.raises(OSError, match="Input/output"):
            main(["datasets"])
    else:
        assert main(["datasets"]) == status
    assert message in capsys.readouterr().err


@pytest.mark.parametrize("command", [[], ["predict"], ["export"], ["datasets"], ["datasets", "check"]])
def test_help_imports_nothing_heavy(command):
    program = (
        "import sys; from videofer.__main__ import main\n"
        "assert main(sys.argv[1:]) == 0; print({'torch', 'numpy', 'pandas', 'dlib'} & set(sys.modules))"
    )
    shown = subprocess.run([sys.executable, "-c", program, *command, "--help"], capture_output=True, text=True)
    assert shown.stdout.endswith("set()\n") and "videofer" in shown.stdout and not shown.stderr


@pytest.mark.parametrize(
    "words", [["predict", "--stridee", "3", "a.mp4"], ["export"], ["shwo"], ["datasets", "chek"]]
)
def test_wrong_words_end_with_status_2(words, capsys):
    assert main(words) == 2
    assert "Usage: videofer" in capsys.readouterr().err
