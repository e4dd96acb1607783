"""The inside of a Capsule-LSTM while it reads a clip."""

from dataclasses import dataclass

import torch
from einops import rearrange
from torch import Tensor

from videofer.models.capsule_lstm import CapsuleLSTM


@dataclass(frozen=True)
class Trace:
    """B clips of T frames, J classes, frame by frame.

    norms (B, T, J) of the class capsules; poses (B, T, J, 30), the capsules themselves; probability (B, T, J) of
    the classes after each frame, as if the clip ended there; reconstruction (B, T, 48, 48) in 0..1 from the
    longest capsule of each frame.
    """

    norms: Tensor
    poses: Tensor
    probability: Tensor
    reconstruction: Tensor


@torch.no_grad()
def trace_clips(model: CapsuleLSTM, clips: Tensor) -> Trace:
    """Return what the model computes on the way to its answer to clips (B, T, 48, 48) in 0..1.

    The LSTM's state after t frames does not depend on the frames to come: its head, applied to every state (or,
    with the reading `lstm_output: mean`, to the mean of the states so far), answers every beginning of a clip in
    one pass. Forward hooks take capsules and states from the model's own pass, so that none of it is repeated.
    """
    taken = {}
    hooks = [
        model.encoder.register_forward_hook(lambda _, __, poses: taken.update(poses=poses)),
        model.lstm.register_forward_hook(lambda _, __, result: taken.update(states=result[0])),
    ]
    try:
        output = model(clips, reconstruct=True)
    finally:
        for hook in hooks:
            hook.remove()
    states = taken["states"]
    if model.readings.lstm_output == "mean":
        frames = torch.arange(1, states.shape[1] + 1, device=states.device)
        states = states.cumsum(1) / frames[:, None]
    return Trace(
        norms=output.norms,
        poses=rearrange(taken["poses"], "(B T) J D -> B T J D", B=len(clips)),
        probability=model.head(states).float().softmax(-1),
        reconstruction=output.reconstruction.float(),
    )
