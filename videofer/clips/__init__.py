"""Frames and a face become the 16 pictures of the peak, packed and augmented.

Comes in: frames and faces. Goes out: clips, their eight versions, perceptual hashes.
May be imported by: folds and every later room.
"""
