"""The paper's figures, drawn from the artifacts of a run: each as SVG, PDF and PNG with reproducible bytes."""
