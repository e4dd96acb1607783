"""What classifiers of single frames share: the middle frames of a clip, their loss, and the clip's score."""

from dataclasses import dataclass

from einops import rearrange
from torch import Tensor
from torch.nn import functional

from videofer.core.errors import UserError


@dataclass(frozen=True)
class FrameAnswer:
    """What a network says of F frames of each of B clips.

    frame_logits (B, F, J); features (B, F, D): what the logits are computed from, or None where no loss sees them.
    """

    frame_logits: Tensor
    features: Tensor | None = None
    votes: None = None

    @property
    def logits(self) -> Tensor:
        """The clip's score (B, J)."""
        return log_mean_probability(self.frame_logits)


def middle_frames(clips: Tensor, count: int) -> Tensor:
    """Return the `count` middle frames (B, count, H, W) of clips (B, T, H, W), the earlier ones where two choices
    lie equally near.

    Raises UserError if the clips are shorter.
    """
    length = clips.shape[1]
    if count > length:
        raise UserError(
            f"the model's frames: {count}, but clips have {length}: choose {length} at most or longer clips."
        )
    first = (length - count) // 2
    return clips[:, first : first + count]


def log_mean_probability(frame_logits: Tensor) -> Tensor:
    """Return the logarithm (B, J) of the class probabilities averaged over the frames, of logits (B, F, J)."""
    # The softmax of a probability's logarithm is the probability; in the logarithms nothing underflows.
    logarithms = frame_logits.float().log_softmax(-1)
    return logarithms.logsumexp(1) - logarithms.new_tensor(frame_logits.shape[1]).log()


def frame_cross_entropy(frame_logits: Tensor, labels: Tensor) -> Tensor:
    """Return the mean cross-entropy of frames (B, F, J), each of which carries its clip's label (B,)."""
    frames = frame_logits.shape[1]
    return functional.cross_entropy(
        rearrange(frame_logits.float(), "B F J -> (B F) J"), labels.repeat_interleave(frames)
    )
