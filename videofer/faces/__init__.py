"""Frames become the steady track of one face with 68 landmarks.

Comes in: grey frames. Goes out: boxes, a square track, landmarks.
May be imported by: clips and every later room.
"""
