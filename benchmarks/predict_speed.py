"""How fast and in how much memory a bundle reads a video: python -m benchmarks.predict_speed BUNDLE VIDEO

Prints seconds of video per second of one processor core (the decoder's included; above 1 is faster than real time),
and how much the memory grew between the first quarter of the video and its end.
"""

import resource
import sys
import time

from videofer import Recognizer


def cpu_seconds() -> float:
    """Return the CPU seconds of this process and of the decoders that it waited for."""
    return sum(sum(resource.getrusage(who)[:2]) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))


def peak() -> int:
    """Return the largest memory of this process so far, in MiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def main(bundle: str, video: str) -> None:
    """Measure and print."""
    recognizer = Recognizer.load(bundle)
    quarter = {}

    def note(done: int, promised: int | None) -> None:
        if not quarter and promised and done >= promised / 4:
            quarter["memory"] = peak()

    before, start = cpu_seconds(), time.monotonic()
    prediction = recognizer.recognise(video, note)
    spent, wall = cpu_seconds() - before, time.monotonic() - start
    seconds = float(prediction.times[-1] - prediction.times[0])
    print(
        f"{video}: {prediction.shown[0]}x{prediction.shown[1]}, {len(prediction.numbers)} frames, {seconds:.1f} s"
    )
    print(f"{seconds / spent:.2f} seconds of video per CPU second ({spent:.1f} CPU s, {wall:.1f} s on the clock)")
    print(f"memory: {quarter.get('memory')} MiB after a quarter, {peak()} MiB at the end")


if __name__ == "__main__":
    main(*sys.argv[1:])
