"""The printed scripts complete commands, options, choices and files in the shells themselves."""

import importlib
import os
import resource
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from videofer.__main__ import COMMANDS, main
from videofer.completion import SHELLS

ROOT = Path(__file__).parents[2]
# The words on the line -> what the last of them is completed to.
CASES = {
    "pre": ["predict"],
    "predict --form": ["--format"],
    "predict --format p": ["parquet"],
    "predict ho": ["holiday.mp4"],
    "predict --bundle b": ["bundles"],
    "export --model d": ["dtagn"],
    "datasets ": ["check"],
    "datasets check m": ["mmi"],
    "status --c": ["--cores"],
    "completion f": ["fish"],
}


@pytest.fixture(scope="module")
def scripts(tmp_path_factory):
    """The script of each shell: shell -> path."""
    folder, paths = tmp_path_factory.mktemp("scripts"), {}
    for shell in SHELLS:
        said = run_python("-m", "videofer", "completion", shell)
        paths[shell] = folder / f"videofer.{shell}"
        paths[shell].write_text(said.stdout)
    return paths


def run_python(*arguments):
    return subprocess.run([sys.executable, *arguments], cwd=ROOT, capture_output=True, text=True, check=True)


def ask_shell(shell, program, cwd, *arguments):
    """Run a program in a shell that reads no settings of the user; returns its lines."""
    found = shutil.which(shell)
    if found is None:
        pytest.skip(f"COMPLETION NOT TESTED IN {shell}: it is not installed")
    quiet = {"bash": ["--norc"], "zsh": ["-f"], "fish": ["--no-config"]}[shell]
    ran = subprocess.run(
        [found, *quiet, "-c", program, *map(str, arguments)], cwd=cwd, capture_output=True, text=True, check=True,
        env=os.environ | {"HOME": str(cwd)},
    )  # fmt: skip
    return ran.stdout.splitlines()


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "holiday.mp4").touch()
    (tmp_path / "bundles").mkdir()
    return tmp_path


@pytest.mark.parametrize("line", CASES)
def test_bash_completes(line, scripts, folder):
    words = ["videofer", *line.split(" ")]
    program = (
        'source "$0"; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); COMPREPLY=(); _shtab_videofer; '
        'printf "%s\\n" "${COMPREPLY[@]}"'
    )
    assert ask_shell("bash", program, folder, scripts["bash"], *words) == CASES[line]


@pytest.mark.parametrize("line", CASES)
def test_fish_completes(line, scripts, folder):
    lines = ask_shell("fish", "source $argv[1]; complete -C $argv[2]", folder, scripts["fish"], f"videofer {line}")
    offered = {said.partition("\t")[0].rstrip("/") for said in lines}
    assert set(CASES[line]) <= offered


def test_zsh_finds_its_script(scripts, folder):
    shutil.copy(scripts["zsh"], folder / "_videofer")
    program = 'zsh -n "$0/_videofer" && fpath=("$0" $fpath) && autoload -Uz compinit && compinit -Du; '
    assert ask_shell("zsh", program + "print $_comps[videofer]", folder, folder) == ["_videofer"]


@pytest.mark.parametrize("shell", SHELLS)
def test_every_command_and_option_is_in_the_script(shell, scripts):
    text = scripts[shell].read_text()
    for command, (module, _) in COMMANDS.items():
        parser = importlib.import_module(module).make_parser()
        options = [name.lstrip("-") for action in parser._actions for name in action.option_strings]
        assert {"h", "help"} <= set(options)
        assert [name for name in (command, *options) if name not in text] == []


def test_it_loads_none_of_the_heavy_packages():
    program = (
        "import sys; from videofer.__main__ import main\nmain(['completion', 'bash'])\n"
        "print({'torch', 'numpy', 'pandas', 'dlib', 'rich', 'snakemake'} & set(sys.modules), file=sys.stderr)"
    )
    assert run_python("-c", program).stderr == "set()\n"


@pytest.mark.parametrize("command", [[], *([name] for name in COMMANDS)])
def test_help_is_there_at_once(command):
    """Processor time, which other work on the machine does not lengthen much; the best of three."""
    spent = []
    for _ in range(3):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        run_python("-m", "videofer", *command, "--help")
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        spent.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    assert min(spent) < 0.3


def test_another_shell_is_refused(capsys):
    with pytest.raises(SystemExit):
        main(["completion", "csh"])
    assert "invalid choice: 'csh'" in capsys.readouterr().err
