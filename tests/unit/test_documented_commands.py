"""Every command that a page or a `--help` tells to type: run here, or understood by the program that it calls.

What is run: docs/use-a-model.md and the README's "Use it", word by word, on a small study (below; its pipe
by test_stream); docs/add-a-model.md and docs/queries.md by tests of their own. The rest is read by the program
itself, for a reason that ONLY_READ gives; a command that neither can take fails here.
"""

import importlib.util
import re
import subprocess
from pathlib import Path

import numpy as np
import pytest
import yaml
from documented_commands import (
    PAGES,
    ROOT,
    Command,
    list_blocks,
    list_commands,
    list_help,
    list_scripts,
    split_line,
)
from PIL import Image
from sample_videos import grey_ramp, write_video
from small_study import finish, write_data
from snakemake.utils import update_config
from typer.main import get_command

from videofer.__main__ import app, main
from videofer.datasets.check import datasets
from videofer.datasets.scan import scan_dataset
from videofer.pipeline.config import check_config

APP = get_command(app)
ALL = [command for page in PAGES for command in list_commands(page)]
for command in (*app.registered_commands, *datasets.registered_commands):
    ALL += list_help(command.callback.__doc__)
# Program -> why its commands are not run here, and what tries them instead.
ONLY_READ = {
    "make": "minutes to hours; its plan (make -n) is made, and tests/workflow runs what `make run` does, smaller",
    "snakemake": "minutes to hours, or licensed videos; its own reader takes the options, and the files and rules "
    "named are there. tests/workflow runs such commands on small data",
    "module": "benchmarks and pictures: minutes; the module is there and can be run",
    "system": "changes the machine, needs its owner or a camera in the network; the shell finds no fault in it",
}
SYSTEM = {
    "sudo",
    "source",
    "export",
    "xdg-open",
    "sha256sum",
    "ffmpeg",
    "pip",
    "mkdir",
    "cp",
    "docker",
    "apptainer",
}
READERS_OWN = {"mine.yaml", "phones.yaml"}  # files that the reader writes
IN_IMAGE = "/opt/videofer/"  # this folder, in a container
MADE_UP = ("/data/", "results/mine/")


def find_reader(command: Command):
    """Return (kind, words after the program) of a command, or None if nobody here can read it."""
    words = list(command.words)
    program = words[0].removeprefix(".venv/bin/")
    if program == "videofer" or words[:3] == [words[0], "-m", "videofer"]:
        return "videofer", words[1:] if program == "videofer" else words[3:]
    if words[1:3] == ["-m", "videofer.pipeline.launch"]:  # hands its words to snakemake
        return "snakemake", words[3:]
    if program == "python":
        return "module", words[1:]
    if program in SYSTEM:
        return "system", words[1:]
    return (program, words[1:]) if program in ONLY_READ else None


def test_every_program_has_a_reader():
    unread = [str(command) for command in ALL if find_reader(command) is None]
    assert unread == [], "add a reader for these, or their program to SYSTEM"
    kinds = [find_reader(command)[0] for command in ALL]
    assert {"videofer", *ONLY_READ} == set(kinds)
    assert len(ALL) > 50 and kinds.count("videofer") > 15


@pytest.mark.parametrize("page", [page for page in PAGES if list_scripts(page)], ids=lambda page: page.name)
def test_the_shell_finds_no_fault(page):
    for script in list_scripts(page):
        subprocess.run(["bash", "-n"], input=script, text=True, check=True)


def list_of(kind: str) -> list:
    found = {tuple(rest): command for command in ALL for k, rest in [find_reader(command) or ("", [])] if k == kind}
    return [pytest.param(list(rest), id=str(command)) for rest, command in found.items()]


@pytest.mark.parametrize("words", list_of("videofer"))
def test_videofer_takes_it(words):
    command = APP
    while words and words[0] in getattr(command, "commands", {}):
        command = command.commands[words.pop(0)]
    if command is APP:  # not called: --install-completion would change the user's shell
        assert set(words) <= {option for parameter in APP.params for option in parameter.opts}
    elif words and "--help" not in words:  # a command alone is named, not typed
        command.make_context("videofer", words)


@pytest.mark.parametrize("words", list_of("make"))
def test_make_plans_it(words):
    planned = subprocess.run(["make", "-n", *words], cwd=ROOT, capture_output=True, text=True)
    assert planned.returncode == 0, planned.stderr


@pytest.mark.parametrize("words", list_of("snakemake"))
def test_snakemake_takes_it(words):
    from snakemake.cli import get_argument_parser

    options = get_argument_parser().parse_args([word.replace("$i", "1").replace(IN_IMAGE, "") for word in words])
    for path in [*(options.configfile or []), *([options.snakefile] if options.snakefile else [])]:
        assert str(path) in READERS_OWN or (ROOT / path).is_file(), f"{path} does not exist"
    rules = re.findall(
        r"^rule (\w+):", "".join(p.read_text() for p in ROOT.glob("workflow/**/*.smk")), re.MULTILINE
    )
    for target in options.targets:
        assert target in rules or str(target).startswith(MADE_UP), f"there is no rule {target}"


@pytest.mark.parametrize("words", list_of("module"))
def test_the_module_can_be_run(words):
    # Looked for, not imported: `find_spec` imports the packages around it only.
    path = Path(importlib.util.find_spec(words[1]).origin) if words[0] == "-m" else ROOT / words[0]
    package = path.name == "__init__.py" and path.with_name("__main__.py").is_file()
    assert package or 'if __name__ == "__main__":' in path.read_text()
    assert all((ROOT / word).is_file() for word in words[2:] if word.endswith(".py"))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page):
    for target in re.findall(r"\]\(([^)#\s]+)[^)]*\)", page.read_text()):
        if not re.match(r"https?:|mailto:", target):
            assert (page.parent / target).exists(), f"{page.name} links to {target}"


def test_the_readme_s_list_and_overlay_are_taken(tmp_path):
    table = next(code for code in list_blocks(ROOT / "README.md", ("",)) if code.startswith("path,subject,label"))
    overlay = next(code for code in list_blocks(ROOT / "README.md", ("yaml",)) if "name: mine" in code)
    config = yaml.safe_load((ROOT / "config.yaml").read_text())
    update_config(config, yaml.safe_load(overlay))
    check_config(config)
    path = tmp_path / config["dataset"]["path"]
    path.parent.mkdir()
    path.write_text(table)
    for line in table.splitlines()[1:]:
        film = path.parent / line.split(",")[0]
        film.parent.mkdir(exist_ok=True)
        write_video(film, grey_ramp(10), np.arange(10) / 25)
    found = scan_dataset(config, tmp_path)
    assert [(clip.subject, clip.label) for clip in found.clips] == [("anna", "happy"), ("ben", "angry")]
    assert not found.rejected


@pytest.fixture
def desk(tmp_path, monkeypatch, people):
    """The folder of a reader who follows the pages: a finished study, and videos of the names that they use."""
    Image.fromarray(people[0][0]).save(tmp_path / "passport.png")
    (tmp_path / "films.csv").write_text("path,subject,label\npassport.png,anna,neutral\n")
    study = tmp_path / "results/rendered"
    finish(write_data(study), "frames-landmarks", "fused", others=[("capsule-lstm", "margin-ce")])
    for name in ("holiday.mp4", "films/first.mp4", "more/second.mov"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        write_video(tmp_path / name, grey_ramp(20, 96, 128), np.arange(20) / 25)
    endless = {"filename": "testsrc2=size=96x96:rate=10", "format": "lavfi"}
    monkeypatch.setattr("videofer.predict.stream.find_camera", lambda number: endless)
    monkeypatch.chdir(tmp_path)
    return tmp_path


# Word of a command -> the package that it needs, an extra; without the package, that command is left out.
EXTRAS = {"parquet": "pyarrow"}


@pytest.mark.slow
@pytest.mark.parametrize("name", ["README.md", "docs/use-a-model.md"])
def test_the_page_is_followed_word_by_word(name, desk, capsys):
    typed = [c for script in list_scripts(ROOT / name) for line in script.splitlines() for c in split_line(line)]
    ran = set()
    for kind, words in filter(None, (find_reader(Command(name, c)) for c in typed)):
        absent = [EXTRAS[word] for word in words if word in EXTRAS and not importlib.util.find_spec(EXTRAS[word])]
        if kind == "videofer" and words[0] in ("predict", "export", "evaluate") and "-" not in words and not absent:
            quick = ["--seconds", "0.5"] if "0" in words else []
            assert main([*words, *quick]) == 0, f"{words}: {capsys.readouterr().err}"
            ran.add(words[0])
    assert ran == ({"predict"} if name == "README.md" else {"predict", "export", "evaluate"})
    for block in list_blocks(ROOT / name, ("python",)):
        scope = {}
        exec(block, scope)
        assert set(scope["table"]["status"]) == {"no face"}
    assert (desk / "predictions/holiday.mp4.html").is_file() and (desk / "predictions/holiday.mp4.png").is_file()
