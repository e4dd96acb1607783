"""What a trained Capsule-LSTM saw, knew and kept of the clips that it was tested on."""
