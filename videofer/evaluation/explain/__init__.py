"""The inside of a trained Capsule-LSTM: its capsules, its answer frame by frame, and what an occlusion changes."""
