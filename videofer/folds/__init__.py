"""Who trains, validates and tests, and the proof that nobody does two of these."""
