"""A file becomes frames with times, the right way up.

Comes in: a video or a folder of pictures. Goes out: manifest rows, grey frames and their time stamps.
May be imported by: faces and every later room.
"""
