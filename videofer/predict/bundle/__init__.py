"""A trained model as one folder that can be given away: weights, how to prepare a face, a card, checksums."""
