"""Frames and a face become the 16 pictures of the peak, packed and augmented."""
