"""Which files are opened as videos, and what they say about themselves, read without decoding them.

A hostile file may crash, stall or fill the child process that probes it, without harm to its parent.
"""

import contextlib
import json
import math
import os
import signal
import stat
import struct
import subprocess
import sys
from dataclasses import asdict, dataclass
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

from videofer.core.errors import RejectedClip
from videofer.datasets.sources import explain_content
from videofer.video.limits import Limits

if TYPE_CHECKING:  # PyAV takes 0.08 s to import, which only the child process needs
    import av

# Formats of libav that read the one file they are given. Those that name other files or addresses are left out:
# playlists and scripts (hls, dash, concat, imf, sdp, avisynth), numbered pictures, and texts drawn as films.
FORMATS = (
    "3dostr,4xm,amv,apng,asf,asf_o,av1,avi,avs,avs2,avs3,bink,cavsvideo,cdxl,cine,dhav,dirac,dnxhd,dv,evc,"
    "film_cpk,flic,flv,gif,gxf,h261,h263,h264,hevc,idf,ingenient,ipmovie,ivf,ivr,jv,kux,live_flv,lvf,lxf,"
    "m4v,matroska,webm,mgsts,mjpeg,mjpeg_2000,mlv,mov,mp4,mpeg,mpegts,mpegtsraw,mpegvideo,mpjpeg,mtv,mv,"
    "mxf,nsv,nut,nuv,obu,ogg,pva,r3d,rm,rpl,sdr2,smk,smjpeg,swf,thp,ty,vc1,vc1test,vivo,vvc,webp_anim,wtv,"
    "yuv4mpegpipe"
)
COMMAND = (sys.executable, "-P", "-m", "videofer.video.probe")  # -P: not what lies in the current folder


@dataclass(frozen=True)
class VideoInfo:
    """What the container says about its film."""

    codec: str
    rate: float  # frames a second; of an AVI, slots for frames, which may stay empty
    width: int  # pixels as stored, before rotation
    height: int
    square_width: int  # the width if pixels were square
    rotation: int  # degrees clockwise that a player turns the frames, a multiple of 90
    promised: int | None  # frames the header announces
    counted: bool  # True: the header holds that number itself; False: it follows from duration and rate
    mirrored: bool = False  # whether a player swaps left and right of the turned frames
    slant: int = 0  # degrees clockwise that it would turn them on top, which is not done
    stream: int = 0  # number of the film among the streams of the file
    untimed: bool = False  # whether frames have no times but the order of decoding, as in an AVI

    def shown_size(self, turn: int = 0) -> tuple[int, int]:
        """Return (width, height) in square pixels after the file's rotation and a further `turn`."""
        size = (self.square_width, self.height)
        return size if (self.rotation + turn) % 180 == 0 else size[::-1]


def check_file(path: str | Path) -> None:
    """Raise RejectedClip if a path is no file to read to its end, or holds something else in a film's place."""
    path = Path(path)
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            raise RejectedClip(f"{path} is no ordinary file: give the video itself, not a folder, device or pipe.")
        reason = explain_content(path)
    except OSError as error:
        link = f", as a link to {path.readlink()}" if path.is_symlink() else ""
        raise RejectedClip(f"{path} cannot be read ({error.strerror}{link}).") from None
    if reason:
        raise RejectedClip(reason)


def reader_options(protocol: str = "file") -> dict[str, str]:
    """Return the options by which libav and ffmpeg read by `protocol` alone and know the FORMATS alone."""
    return {"protocol_whitelist": protocol, "format_whitelist": FORMATS}


def file_url(path: str | Path) -> str:
    """Return a path such that libav reads a leading '-' or a ':' as part of the name."""
    return f"file:{path}"


def open_video(path: str | Path) -> "tuple[av.container.InputContainer, av.video.stream.VideoStream]":
    """Open a video with PyAV and return its container and first moving picture; raises RejectedClip."""
    import av

    try:
        container = av.open(file_url(path), options=reader_options())
    except MemoryError:  # also an av.FFmpegError, but no fault of the file
        raise
    except (av.FFmpegError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise RejectedClip(f"{path} cannot be read as a video ({reason}): copy or convert it again.") from None
    film = choose_film(container)
    if film is None:
        container.close()
        raise RejectedClip(f"{path} holds no video stream (only sound?): give the file that has the picture.")
    return container, film


def choose_film(container: "av.container.InputContainer") -> "av.video.stream.VideoStream | None":
    """Return the stream that holds the film: no cover or other still, marked as default, with the most frames."""
    import av

    kind = av.stream.Disposition
    stills = kind.attached_pic | kind.still_image | kind.timed_thumbnails
    streams = [stream for stream in container.streams.video if not stream.disposition & stills]
    if len(streams) < 2:
        return streams[0] if streams else None
    frames = dict.fromkeys([stream.index for stream in streams], 0)
    with contextlib.suppress(av.FFmpegError):  # of a damaged file those before the damage count
        for packet in container.demux(streams):
            frames[packet.stream.index] += packet.size > 0
    with contextlib.suppress(av.FFmpegError):
        container.seek(0)
    default = kind.default
    return max(streams, key=lambda s: (frames[s.index] > 1, bool(s.disposition & default), frames[s.index]))


def probe_video(path: str | Path) -> VideoInfo:
    """Read size, rate, codec and rotation of a video, decoding one frame; raises RejectedClip if none decodes."""
    import av

    container, stream = open_video(path)
    with container:
        rate = stream.average_rate
        duration = container.duration or 0
        if "matroska" in container.format.name:  # whose duration is the time at its end
            duration -= container.start_time or 0
        timed = round(duration / 1e6 * rate) if duration and rate else None
        promised, counted = stream.frames or timed, bool(stream.frames)
        # An edit list hides frames of an MP4: there the duration is right. That of an AVI follows the file's size.
        if counted and timed and "mov" in container.format.name:
            promised = min(promised, timed)
        try:
            first = next(container.decode(stream), None)
        except MemoryError:
            raise
        except av.FFmpegError:
            first = None
        if first is None:
            raise RejectedClip(f"{path} holds no frame that can be decoded: copy or convert it again.")
        square = max(1, round(first.width * (Fraction(stream.sample_aspect_ratio or 1) or 1)))
        rotation, mirrored, slant = read_matrix(first)
        codec, rate = stream.codec_context.name, float(rate or stream.guessed_rate or 0)
        shape = first.width, first.height, square, rotation
        untimed = container.format.name == "avi"
        return VideoInfo(codec, rate, *shape, promised, counted, mirrored, slant, stream.index, untimed)


def read_matrix(frame: "av.VideoFrame") -> tuple[int, bool, int]:
    """Return how a frame's display matrix shows it: degrees clockwise in quarter turns, whether mirrored, the rest.

    A matrix of another angle, as of a tilted tripod, means the nearest quarter turn: faces stand upright by it.
    """
    from av.sidedata.sidedata import Type

    matrix = frame.side_data.get(Type.DISPLAYMATRIX)
    if matrix is None:
        return 0, False, 0
    a, b, _, c, d, *_ = struct.unpack("9i", bytes(matrix))  # x' = a x + c y, y' = b x + d y; y counts downwards
    mirrored = a * d - b * c < 0
    angle = math.degrees(math.atan2(b, -a if mirrored else a))
    quarters = round(angle / 90)
    return 90 * quarters % 360, mirrored, round(angle - 90 * quarters)


def count_frames(path: str | Path) -> tuple[int, float]:
    """Return a video's number of frames and mean rate (0 if unknown), undecoded; raises RejectedClip."""
    import av

    container, stream = open_video(path)
    with container:
        try:  # without the packet at the end and frames that an edit list hides
            shown = [packet.pts for packet in container.demux(stream) if packet.size and not packet.is_discard]
        except MemoryError:
            raise
        except av.FFmpegError as error:
            raise RejectedClip(f"{path} cannot be read to its end ({error.strerror}).") from None
        stamps = [stamp for stamp in shown if stamp is not None]
        if len(set(stamps)) < 2:
            return len(shown), float(stream.average_rate or 0)
        return len(shown), (len(shown) - 1) / float((max(stamps) - min(stamps)) * stream.time_base)


class Prober(contextlib.AbstractContextManager):
    """A child process that probes one video after the other, replaced if it does not survive one."""

    def __init__(self, limits: Limits):
        self.limits = limits
        self._process: subprocess.Popen | None = None

    def __exit__(self, *error: object) -> None:
        self.close()

    def close(self) -> None:
        """End the child."""
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            with contextlib.suppress(BrokenPipeError), process:
                pass  # closes its pipes and waits for it

    def probe(self, path: str | Path) -> VideoInfo:
        """Return what `probe_video` does; raises RejectedClip, also if the child dies, and OverLimit."""
        return VideoInfo(**self._ask("probe", path))

    def count(self, path: str | Path) -> tuple[int, float]:
        """Return what `count_frames` returns; raises as `probe`."""
        return tuple(self._ask("count", path))

    def _ask(self, question: str, path: str | Path) -> Any:
        check_file(path)
        if self._process is None:
            self._process = subprocess.Popen(
                [*COMMAND, str(self.limits.timeout), str(self.limits.memory_mb)],
                env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="ascii",
            )  # fmt: skip
        line = ""
        with contextlib.suppress(BrokenPipeError):
            self._process.stdin.write(json.dumps([question, str(path)]) + "\n")
            self._process.stdin.flush()
            line = self._process.stdout.readline()
        if line.endswith("\n"):
            answer = json.loads(line)
            if "rejected" in answer:
                raise RejectedClip(answer["rejected"])
            if "memory" in answer:
                raise self.limits.memory_over(path)
            return answer["result"]
        status = self._process.wait()
        self.close()
        if status == -signal.SIGALRM:
            raise self.limits.time_over(path)
        if status == -signal.SIGKILL:
            raise self.limits.memory_over(path, killed=True)
        if status < 0:
            raise RejectedClip(f"{path} brings libav down ({signal.Signals(-status).name}): convert it again.")
        raise RuntimeError(f"the process that probes videos ended with code {status}")


def serve(limits: Limits) -> None:
    """Answer the requests on standard input, one JSON line each, until it ends or SIGALRM ends this process."""
    import av  # noqa: F401 - not within the limits

    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent, which ends this process
    limits.limit_memory(os.getpid())
    for line in sys.stdin:
        question, path = json.loads(line)
        signal.setitimer(signal.ITIMER_REAL, limits.timeout)
        try:
            answer = {"result": asdict(probe_video(path)) if question == "probe" else count_frames(path)}
        except RejectedClip as error:
            answer = {"rejected": str(error)}
        except MemoryError:
            answer = {"memory": True}
        signal.setitimer(signal.ITIMER_REAL, 0)
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    serve(Limits(float(sys.argv[1]), int(sys.argv[2])))
