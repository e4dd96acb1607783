"""Use a trained model: from any video to the expression of every face in it, in memory that does not grow."""
