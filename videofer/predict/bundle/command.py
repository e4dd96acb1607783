"""Make a bundle of a trained model, one folder (or .zip) that `videofer predict` takes and that can be given away.

examples:
  videofer export results/rendered
  videofer export results/rendered --model capsule-lstm --variant margin-ce bundles/capsules.zip
  videofer export results/rendered bundles/demo --onnx
"""

import argparse
from collections.abc import Sequence
from pathlib import Path

MODEL = "frames-landmarks"
FOLDER = Path("bundles")  # where `predict` looks, too


def make_parser() -> argparse.ArgumentParser:
    """Return what reads the command line."""
    parser = argparse.ArgumentParser(
        "videofer export", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("results", type=Path, help="folder of a finished study, such as results/rendered")
    parser.add_argument(
        "out", type=Path, nargs="?", help=f"a folder, or a name ending with .zip; by default {FOLDER}/..."
    )
    parser.add_argument("--model", default=MODEL, help=f"a network of the study; by default {MODEL}")
    parser.add_argument("--variant", help="of the model; by default its first in the study")
    parser.add_argument(
        "--onnx", action="store_true", help="also OUT.onnx: the networks alone, to run without torch"
    )
    parser.add_argument("--seeds", type=int, nargs="+", help="whose folds are averaged; by default the lowest seed")
    return parser


def main(arguments: Sequence[str]) -> int:
    """Run the command; returns 0."""
    options = make_parser().parse_intermixed_args(arguments)

    from videofer.predict.bundle.export import export_bundle

    out = options.out or FOLDER / "-".join(
        [options.results.resolve().name, options.model, *([options.variant] if options.variant else [])]
    )
    export_bundle(options.results, options.model, options.variant, options.seeds, out)
    print(out)
    if options.onnx:
        from videofer.predict.bundle.contents import open_bundle
        from videofer.predict.bundle.onnx import export_onnx

        file = Path(f"{out}.onnx")
        with open_bundle(out) as bundle:
            difference = export_onnx(bundle, file)
        print(f"{file}: largest difference of a probability to the bundle's {difference:.0e}")
    return 0
