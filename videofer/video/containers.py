"""Which files are opened as videos: real files, in formats that hold their own pictures."""

import stat
from pathlib import Path

from videofer.core.errors import RejectedClip

# Formats of libav that read the one file they are given. Those that name other files or addresses are left out:
# playlists and scripts (hls, dash, concat, imf, sdp, avisynth), numbered pictures, and texts drawn as films.
FORMATS = (
    "3dostr,4xm,amv,apng,asf,asf_o,av1,avi,avs,avs2,avs3,bink,cavsvideo,cdxl,cine,dhav,dirac,dnxhd,dv,evc,"
    "film_cpk,flic,flv,gif,gxf,h261,h263,h264,hevc,idf,ingenient,ipmovie,ivf,ivr,jv,kux,live_flv,lvf,lxf,"
    "m4v,matroska,webm,mgsts,mjpeg,mjpeg_2000,mlv,mov,mp4,mpeg,mpegts,mpegtsraw,mpegvideo,mpjpeg,mtv,mv,"
    "mxf,nsv,nut,nuv,obu,ogg,pva,r3d,rm,rpl,sdr2,smk,smjpeg,swf,thp,ty,vc1,vc1test,vivo,vvc,webp_anim,wtv,"
    "yuv4mpegpipe"
)
PLAYLISTS = (b"#EXTM3U", b"ffconcat", b"v=0", b"[playlist]", b"<?xml", b"<MPD", b"<ASX", b"<asx")


def reader_options(protocol: str = "file") -> dict[str, str]:
    """Return the options by which libav and ffmpeg read by `protocol` alone and know the FORMATS alone."""
    return {"protocol_whitelist": protocol, "format_whitelist": FORMATS}


def check_file(path: str | Path) -> None:
    """Raise RejectedClip if a path is no file to read to its end: empty, a device, a pipe, or a playlist."""
    path = Path(path)
    try:
        told = path.stat()
        if not stat.S_ISREG(told.st_mode):
            raise RejectedClip(f"{path} is no ordinary file: give the video itself, not a folder, device or pipe.")
        if told.st_size == 0:
            raise RejectedClip(f"{path} is empty (0 bytes): copy the file again.")
        with path.open("rb") as file:
            start = file.read(64).lstrip(b"\xef\xbb\xbf \t\r\n")
    except OSError as error:
        raise RejectedClip(f"{path} cannot be read ({error.strerror}).") from None
    if start.startswith(PLAYLISTS):
        raise RejectedClip(f"{path} is a playlist, which only names other files: give the video itself.")
