"""The command line: faults that the user can mend are one sentence, others are not hidden."""

import errno

import pytest

from videofer import __main__ as command_line
from videofer.__main__ import main


@pytest.fixture
def failing(monkeypatch):
    """Return a function that lets every command end with an error."""

    def fail(error):
        def run(arguments):
            raise error

        command = type("Command", (), {"main": staticmethod(run)})
        monkeypatch.setattr(command_line.importlib, "import_module", lambda name: command)

    return fail


def test_a_full_disk_is_one_sentence(failing, capsys):
    failing(OSError(errno.ENOSPC, "No space left on device", "out/film.mp4"))
    assert main(["predict", "a.mp4"]) == 1
    assert capsys.readouterr().err == (
        "videofer predict: out/film.mp4: the disk is full: free some space, or choose another folder.\n"
    )


def test_an_interruption_ends_quietly(failing, capsys):
    failing(KeyboardInterrupt())
    assert main(["predict", "a.mp4"]) == 130
    assert capsys.readouterr().err == "videofer predict: stopped.\n"


def test_a_fault_of_the_program_is_not_hidden(failing):
    failing(OSError(errno.EIO, "Input/output error"))
    with pytest.raises(OSError, match="Input/output"):
        main(["predict", "a.mp4"])
