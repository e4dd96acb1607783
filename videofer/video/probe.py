"""What a video file says about itself, and what it holds, without decoding it."""

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

from videofer.core.errors import RejectedClip
from videofer.video.containers import check_file, reader_options

if TYPE_CHECKING:  # 0.08 s for PyAV, which only the process that looks at files need pay (videofer.video.prober)
    import av


@dataclass(frozen=True)
class VideoInfo:
    """What the container says about its first video stream."""

    codec: str
    rate: float  # frames a second; of an AVI, slots for frames, which may stay empty
    width: int  # pixels as stored, before rotation
    height: int
    pixel_aspect: Fraction  # width of a pixel / its height
    rotation: int  # degrees clockwise that a player turns the frames
    promised: int | None  # frames the header announces
    counted: bool  # True: the header holds that number itself; False: it follows from duration and rate

    def shown_size(self, turn: int = 0) -> tuple[int, int]:
        """Return (width, height) in square pixels after the file's rotation and a further `turn`."""
        size = (max(1, round(self.width * self.pixel_aspect)), self.height)
        return size if (self.rotation + turn) % 180 == 0 else size[::-1]


def file_url(path: str | Path) -> str:
    """Return a path such that libav reads a leading '-' or a ':' as part of the name."""
    return f"file:{path}"


def open_video(path: str | Path) -> "tuple[av.container.InputContainer, av.video.stream.VideoStream]":
    """Open a video with PyAV and return its container and first moving picture; raises RejectedClip."""
    import av

    check_file(path)
    try:
        container = av.open(file_url(path), options=reader_options())
    except (av.FFmpegError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise RejectedClip(f"{path} cannot be read as a video ({reason}): copy or convert it again.") from None
    cover = av.stream.Disposition.attached_pic
    streams = [stream for stream in container.streams.video if not stream.disposition & cover]
    if not streams:
        container.close()
        raise RejectedClip(f"{path} holds no video stream (only sound?): give the file that has the picture.")
    return container, streams[0]


def probe_video(path: str | Path) -> VideoInfo:
    """Read size, rate, codec and rotation of a video, decoding one frame; raises RejectedClip if none decodes."""
    import av

    container, stream = open_video(path)
    with container:
        promised, counted = _promised_frames(container, stream)
        rate = stream.average_rate or stream.guessed_rate
        try:
            first = next(container.decode(stream), None)
        except av.FFmpegError:
            first = None
        if first is None:
            raise RejectedClip(f"{path} holds no frame that can be decoded: copy or convert it again.")
        return VideoInfo(
            codec=stream.codec_context.name,
            rate=float(rate or 0),
            width=first.width,
            height=first.height,
            pixel_aspect=Fraction(stream.sample_aspect_ratio or 1) or Fraction(1),
            rotation=-round(first.rotation) % 360,  # libav counts anticlockwise
            promised=promised,
            counted=counted,
        )


def count_frames(path: str | Path) -> tuple[int, float]:
    """Return the number of frames of a video and their mean rate (0 if unknown).

    Reads the packets only: nothing is decoded, memory stays flat. Raises RejectedClip.
    """
    import av

    container, stream = open_video(path)
    count, first, last = 0, None, None
    with container:
        try:
            for packet in container.demux(stream):
                if packet.size == 0 or packet.is_discard:  # the end, or a frame that an edit list hides
                    continue
                count += 1
                if packet.pts is not None:
                    first = packet.pts if first is None else min(first, packet.pts)
                    last = packet.pts if last is None else max(last, packet.pts)
        except av.FFmpegError as error:
            raise RejectedClip(f"{path} cannot be read to its end ({error.strerror}).") from None
        if first is None or last == first:
            return count, float(stream.average_rate or 0)
        return count, (count - 1) / float((last - first) * stream.time_base)


def _promised_frames(container, stream) -> tuple[int | None, bool]:
    rate = stream.average_rate
    timed = round(container.duration / 1e6 * rate) if container.duration and rate else None
    if not stream.frames:
        return timed, False
    # An edit list hides frames of an MP4: there the duration is right. That of an AVI follows the file's size.
    if timed and "mov" in container.format.name:
        return min(stream.frames, timed), True
    return stream.frames, True
