"""What classifiers of single frames share: the middle frames of a clip, their loss, and the clip's score."""

from dataclasses import dataclass

from einops import rearrange
from torch import Tensor
from torch.nn import functional

from videofer.core.errors import UserError
from videofer.models.interface import Batch, Learner


@dataclass(frozen=True)
class FrameAnswer:
    """Result for F frames of each of B clips: logits (B, F, J) and the features (B, F, D) that they come from."""

    frame_logits: Tensor
    features: Tensor
    votes: None = None

    @property
    def logits(self) -> Tensor:
        """Average the class probabilities over the frames and return the logarithms (B, J)."""
        # The softmax of a probability's logarithm is the probability; in the logarithms nothing underflows.
        logarithms = self.frame_logits.float().log_softmax(-1)
        return logarithms.logsumexp(1) - logarithms.new_tensor(logarithms.shape[1]).log()


class FrameLearner(Learner):
    """Classify the middle `frames` frames of a clip, each on its own, and learn by their cross-entropy.

    A subclass builds `network`: frames (N, 48, 48) in 0..1 -> logits (N, J) and features (N, D).
    """

    frames: int

    def answer(self, batch: Batch) -> FrameAnswer:
        """Classify the middle frames, at a tie the earlier ones; raises UserError if the clips are shorter."""
        length, count = batch.clips.shape[1], self.frames
        if count > length:
            raise UserError(
                f"the model's frames: {count}, but clips have {length}: choose {length} at most or longer clips."
            )
        first = (length - count) // 2
        frames = batch.clips[:, first : first + count]
        logits, features = self.network(rearrange(frames, "B F H W -> (B F) H W"))
        return FrameAnswer(*(rearrange(x, "(B F) D -> B F D", F=count) for x in (logits, features)))

    def losses(self, answer: FrameAnswer, batch: Batch) -> dict[str, Tensor]:
        """Return the mean cross-entropy of the frames, each of which carries its clip's label."""
        logits, labels = answer.frame_logits.float().flatten(0, 1), batch.labels.repeat_interleave(self.frames)
        return {"total": functional.cross_entropy(logits, labels)}
