"""A file becomes frames with times, the right way up."""
