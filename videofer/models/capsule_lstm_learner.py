"""How the Capsule-LSTM learns: the joint loss in its four variants on the network of `capsule_lstm`."""

from torch import Tensor

from videofer.core.study import VARIANTS
from videofer.models.capsule_lstm import CapsuleLSTM, Output, Readings
from videofer.models.capsule_lstm_losses import LossReadings, joint_loss
from videofer.models.interface import Batch, Learner, Model, Task


class CapsuleLearner(Learner):
    """The Capsule-LSTM under one row of Table 4.1; options: size, and the readings of model and loss."""

    def __init__(self, task: Task):
        readings = task.options["readings"]
        self.variant = VARIANTS[task.variant]
        self.readings = LossReadings(**readings["loss"])
        self.network = CapsuleLSTM(task.classes, task.options["size"], Readings(**readings["model"]))

    def answer(self, batch: Batch) -> Output:
        """Classify the clips; in training the label may choose the capsule to decode, else the longest is taken."""
        labels = batch.labels if self.network.training else None
        return self.network(batch.clips, labels, reconstruct=self.variant.reconstruction)

    def classify(self, batch: Batch) -> Output:
        """Classify the clips without decoding any capsule."""
        return self.network(batch.clips)

    def losses(self, answer: Output, batch: Batch) -> dict[str, Tensor]:
        """Return the parts of the joint loss (paper, eq. 3.1) as they enter the sum."""
        losses = joint_loss(answer, batch.clips, batch.labels, self.variant, self.readings)
        return vars(losses) | {"total": losses.total}


MODEL = Model(variants=tuple(VARIANTS), learner=CapsuleLearner)
