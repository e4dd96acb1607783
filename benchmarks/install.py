"""What `pip install videofer` takes: python -m benchmarks.install BUNDLE VIDEO

Builds the wheel, installs it into a fresh environment under the pins, and predicts the video. Prints the installed
size, the seconds of the installation (pip may take packages from its cache) and of the first answer, and
those of `import videofer`.
"""

import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def main(bundle: str, video: str) -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        wheels, environment = folder / "wheels", folder / "fresh"
        python = environment / "bin" / "python"
        run(sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "-w", wheels, ROOT, cwd=folder)
        made = run(sys.executable, "-m", "venv", environment, cwd=folder)
        pins = ["-c", ROOT / "constraints.txt"]
        made += run(python, "-m", "pip", "install", "--quiet", *pins, *wheels.glob("*.whl"), cwd=folder)
        (packages,) = environment.glob("lib/python*/site-packages")
        size = sum(path.lstat().st_size for path in packages.rglob("*") if path.is_file())
        print(f"{size / 1e6:.0f} MB in site-packages; {made:.1f} s for environment and installation")
        words = [Path(bundle).resolve(), "--out", folder / "predictions", Path(video).resolve()]
        first, second = (
            run(environment / "bin" / "videofer", "predict", "--again", "--bundle", *words, cwd=folder)
            for _ in range(2)
        )
        print(f"first answer: {first:.1f} s after the installation, again {second:.1f} s")
        print(f"import videofer: {run(python, '-c', 'import videofer', cwd=folder):.2f} s with Python's own start")


def run(*command: str | Path, cwd: Path) -> float:
    """Run a command and return its seconds on the clock."""
    start = time.monotonic()
    subprocess.run([str(word) for word in command], cwd=cwd, check=True)
    return time.monotonic() - start


if __name__ == "__main__":
    main(*sys.argv[1:])
