"""The models that can be trained, by name."""

from torch import nn

from videofer.errors import UserError
from videofer.models.capsule_lstm import CapsuleLSTM, Readings

MODELS = {"capsule-lstm": CapsuleLSTM}


def build_model(name: str, classes: int, size: str, readings: dict) -> nn.Module:
    """Build a model by its registered name, with fresh weights; raises UserError for a name not known."""
    if name not in MODELS:
        raise UserError(f"model '{name}' is not known: choose one of {', '.join(MODELS)}.")
    return MODELS[name](classes, size, Readings(**readings))


def count_parameters(model: nn.Module) -> int:
    """Return the number of trainable parameters."""
    return sum(p.numel() for p in model.parameters() if p.requires_grad)
