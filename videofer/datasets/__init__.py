"""Which clips there are: published sets, own lists and folders, and the faces that are drawn here.

Comes in: a folder or a list. Goes out: a Scan of clips, rejections and what was left out.
May be imported by: video and every later room.
"""
