"""Frames become the steady track of one face with 68 landmarks."""
