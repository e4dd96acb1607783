"""The demo data set: 3D heads drawn from a CC0 mesh that perform six emotions.

Comes in: the section `rendered` of the config. Goes out: a Scan (clip_list), subjects (identity), videos (clip).
May be imported by: registry.py, its own rules' scripts, tests and benchmarks.
"""

from videofer.datasets.rendered.clip_list import scan as scan
