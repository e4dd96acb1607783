"""A trained model as one folder that can be shared: weights, how faces are prepared, model card, checksums."""
