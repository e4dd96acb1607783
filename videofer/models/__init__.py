"""The models, one file each; `registry` names those that can be trained."""
