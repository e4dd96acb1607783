"""The recogniser that comes with the package: trained on acting rendered faces, measured on people.

Comes in: rendered.acting. Goes out: a bundle. May be imported by: its own rules' scripts, tests and benchmarks.
"""
