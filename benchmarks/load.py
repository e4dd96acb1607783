"""Many tiny clips through the whole chain: time, memory and files left over, by the number of clips.

python -m benchmarks.load FOLDER COUNT...: draws five people as films of 160 x 128 pixels and ten frames a second,
copies these, each with other last bytes, as COUNT clips, and runs the workflow on them up to a trained fold of the
cheapest model, the videos in Snakemake's batches of 200, as docs/data-sets.md has it for large sets. Prints the CPU
seconds of all processes, the largest memory of any of them, and how many files lie about that should not.
"""

import argparse
import csv
import json
import os
import resource
import shutil
import subprocess
import sys
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[1]
PARTS = ("Snakefile", "config.yaml", "workflow", "videofer", "profiles", "envs")
CLASSES = ("angry", "disgust", "fear", "happy", "sad", "surprise")
PEOPLE = 5
BATCH = 200  # clips
PACKED = "results/load/clips.safetensors"
TARGET = "results/load/runs/majority/plain/seed-0/fold-0/run.json"


def copy_project(folder: Path) -> None:
    """Copy the project's files, so that the runs leave no trace in it."""
    folder.mkdir(parents=True)
    for part in PARTS:
        if (ROOT / part).is_dir():
            shutil.copytree(ROOT / part, folder / part, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy2(ROOT / part, folder / part)


def draw_films(folder: Path) -> list[Path]:
    """Render one film a class of each person, small and slow, by the workflow itself."""
    models = dict.fromkeys(yaml.safe_load((folder / "config.yaml").read_text(encoding="utf-8"))["models"])
    small = {"name": "films", "rendered": {"subjects": PEOPLE, "width": 160, "height": 128, "fps": 10}}
    chosen = models | {"capsule-lstm": {"variants": ["margin-ce"]}, "majority": {"variants": ["plain"]}}
    load = {
        "name": "load",
        "dataset": {"kind": "table", "path": "list.csv"},
        "folds": {"count": 3},
        "models": chosen,
    }
    load |= {"faces": {"upsample": 1}}  # faces of 40 pixels and more
    (folder / "films.yaml").write_text(yaml.safe_dump(small | {"folds": {"count": 3}}), encoding="utf-8")
    (folder / "load.yaml").write_text(yaml.safe_dump(load), encoding="utf-8")
    films = [
        f"results/films/videos/S{person:03d}-{name}.avi" for person in range(1, PEOPLE + 1) for name in CLASSES
    ]
    run(folder, "films.yaml", *films)
    return [folder / film for film in films]


def write_clips(folder: Path, films: list[Path], count: int) -> None:
    """Copy the films as `count` clips, no two with the same bytes, and list them."""
    videos = folder / "videos"
    shutil.rmtree(videos, ignore_errors=True)
    videos.mkdir()
    with (folder / "list.csv").open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(("path", "subject", "label"))
        for number in range(count):
            film = films[number % len(films)]
            person, label = film.stem.split("-")
            path = videos / f"{number:05}.avi"
            path.write_bytes(film.read_bytes() + b"JUNK\4\0\0\0" + f"{number:04x}".encode())
            rows.writerow((path.relative_to(folder), person, label))


def run(folder: Path, overlay: str, *arguments: str) -> None:
    """Run the workflow quietly; its words are shown if it fails."""
    command = [
        sys.executable,
        "-m",
        "videofer.pipeline.launch",
        *arguments,
        "--cores",
        "2",
        "--configfile",
        overlay,
    ]
    done = subprocess.run(
        command, cwd=folder, stdin=subprocess.DEVNULL, capture_output=True, text=True,
        env=os.environ | {"OMP_NUM_THREADS": "1"},
    )  # fmt: skip
    if done.returncode:
        sys.exit(done.stdout + done.stderr)


def measure(folder: Path, count: int) -> dict:
    """Run the workflow on the `count` clips that are listed; the sums are of this process's children."""
    shutil.rmtree(folder / "results/load", ignore_errors=True)
    batches = -(-count // BATCH)
    for number in range(1, batches + 1) if batches > 1 else ():
        run(folder, "load.yaml", PACKED, "--batch", f"pack_clips={number}/{batches}")
    run(folder, "load.yaml", TARGET)
    spent = resource.getrusage(resource.RUSAGE_CHILDREN)
    left = [path for path in (folder / "results/load").rglob("*") if path.name.startswith(".") and path.is_file()]
    left += list((folder / "results/load/frames").glob("*.safetensors"))
    return {"cpu": spent.ru_utime + spent.ru_stime, "largest": spent.ru_maxrss / 1024, "left": len(left)}


def main() -> None:
    """Print a line for each count, or, as a subprocess, the figures of one as JSON."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("folder", type=Path, help="where the clips are made; removed afterwards")
    parser.add_argument("counts", type=int, nargs="+", help="numbers of clips")
    parser.add_argument("--measure", action="store_true", help="take the one count that is there alone")
    given = parser.parse_args()
    if given.measure:
        print(json.dumps(measure(given.folder, given.counts[0])))
        return
    project = given.folder / "project"
    copy_project(project)
    films = draw_films(project)
    print("clips    CPU s   CPU s a clip   largest process MiB   files left", flush=True)
    for count in given.counts:
        write_clips(project, films, count)
        command = [sys.executable, "-m", "benchmarks.load", str(project), str(count), "--measure"]
        told = json.loads(subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout)
        print(
            f"{count:<7} {told['cpu']:7.0f} {told['cpu'] / count:14.2f} {told['largest']:21.0f} {told['left']:12}",
            flush=True,
        )
    shutil.rmtree(project)


if __name__ == "__main__":
    main()
