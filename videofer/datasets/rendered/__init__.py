"""The demo data set: 3D heads drawn from a CC0 mesh that perform six emotions.

`list_clips` says which clips there are and is cheap enough for a Snakefile; `draw_identity` makes a subject and
`render_clip` a video of one. The latter two load numpy and the head basis on first use.
"""

from importlib import import_module

from videofer.datasets.rendered.clip_list import RenderedClip, list_clips

__all__ = ["RenderedClip", "draw_identity", "list_clips", "render_clip"]

_HEAVY = {"draw_identity": "identity", "render_clip": "clip"}


def __getattr__(name: str):
    if name in _HEAVY:
        return getattr(import_module(f"{__name__}.{_HEAVY[name]}"), name)
    raise AttributeError(f"module {__name__} has no attribute {name}")
