"""The precision of a network's convolutions and matrix products."""

import torch


def autocast(device: torch.device, precision: str) -> torch.autocast:
    """Return the context that computes convolutions and matrix products in `precision`, float32 or bfloat16."""
    return torch.autocast(device.type, torch.bfloat16, enabled=precision == "bfloat16")
