"""Capsule-LSTM: capsule encoder, deconvolution decoder and LSTM over the frames of a clip (paper, chapter 3).

The paper's: the three parts, 48 x 48 frames, capsules of 30 components, an LSTM of 128 units, the joint loss and
its four variants. Ours: all layer sizes, which the paper does not print, and the decoder: the paper's is that of
FERCaps, which is not public. Where the words are ambiguous, `readings` of the configuration choose.
"""

from dataclasses import dataclass
from itertools import pairwise

import torch
from einops import rearrange
from torch import Tensor, nn
from torch.nn import functional

from videofer.core.study import FRAME_SIZE, VARIANTS
from videofer.models.capsule import DigitCapsules, PrimaryCapsules, capsule_norms
from videofer.models.interface import Batch, Learner, Model, Task

CAPSULE_SIZE = 30  # components of a class capsule; paper, section 3.1
LSTM_UNITS = 128  # paper, section 3.1 ("number of hidden layers ... 128")
PRIMARY_COMPONENTS = 8
UPPER_MARGIN = 0.9  # m+ of eq. 3.2
LOWER_MARGIN = 0.1  # m- of eq. 3.2
ABSENT_WEIGHT = 0.5  # lambda of eq. 3.2
RECONSTRUCTION_WEIGHT = 0.0005  # eq. 3.3
CROSS_ENTROPY_WEIGHT = 0.5  # eq. 3.4


@dataclass(frozen=True)
class Size:
    """Layer sizes of one preset: channels, kernel, stride and padding of each convolution.

    primary: types of capsules, each of 8 components, instead of channels; decoder: channels at 6, 12, 24 and 48
    pixels; of three, the last transposed convolution draws the frame.
    """

    convolutions: tuple[tuple[int, int, int, int], ...]
    primary: tuple[int, int, int, int]
    decoder: tuple[int, ...] = (64, 32, 16, 8)


# The paper prints no layer sizes. `paper` is our reading of its words (stacked small kernels, 48x48 frames,
# capsules of 30 components); the others trade size for speed. None of them is known to be the authors' network.
SIZES = {
    "paper": Size(((64, 3, 1, 1), (128, 3, 2, 1)), (32, 3, 2, 1)),
    "L": Size(((256, 3, 1, 1),), (32, 9, 2, 0)),
    "M": Size(((256, 3, 2, 0),), (32, 9, 2, 1)),
    "M3": Size(((128, 3, 2, 0),), (16, 3, 2, 0)),
    "S": Size(((64, 3, 2, 0),), (8, 3, 2, 0)),
    "XS": Size(((32, 3, 2, 0),), (4, 5, 3, 0)),
    "D": Size(((16, 3, 2, 0),), (2, 5, 3, 0), decoder=(32, 16, 8)),
}


@dataclass(frozen=True)
class Readings:
    """How the paper's ambiguous sentences about the model are read; config.yaml explains each key."""

    routing_iterations: int
    routing_gradient: str
    primary_relu: bool
    lstm_input: str
    lstm_output: str
    lstm_initialisation: str
    decoder_capsule: str
    decoder_frames: str
    encoder_gradient: str


@dataclass(frozen=True)
class LossReadings:
    """How the paper's ambiguous sentences about the losses are read; config.yaml explains each key."""

    reconstruction_range: int
    reconstruction_reduction: str
    margin_frames: str
    sequence_margin_of: str
    sequence_margin_weight: float


@dataclass(frozen=True)
class Output:
    """Logits (B, J) of the sequence; norms (B, T, J) of the class capsules; reconstruction (B, R, 48, 48) in 0..1.

    B clips, T frames, J classes; decoded (B, R): the R frames of each clip that were decoded. Without decoding both
    are None.
    """

    logits: Tensor
    norms: Tensor
    reconstruction: Tensor | None = None
    decoded: Tensor | None = None

    @property
    def votes(self) -> Tensor:
        """Average each class's capsule norm over the frames: the capsule vote (B, J)."""
        return self.norms.mean(1)


class CapsuleEncoder(nn.Module):
    """Convolutions, primary and digit capsules (fig. 2.1)."""

    def __init__(self, size: Size, classes: int, readings: Readings):
        super().__init__()
        layers, before = [], 1
        for channels, *shape in size.convolutions:
            layers += [nn.Conv2d(before, channels, *shape), nn.ReLU()]
            before = channels
        # Channels last is the faster layout of small convolutions on a CPU.
        self.convolutions = nn.Sequential(*layers).to(memory_format=torch.channels_last)
        types, *shape = size.primary
        convolution = nn.Conv2d(before, PRIMARY_COMPONENTS * types, *shape)
        self.primary = PrimaryCapsules(convolution, PRIMARY_COMPONENTS, readings.primary_relu)
        inputs = self.primary(self.convolutions(torch.zeros(1, 1, FRAME_SIZE, FRAME_SIZE))).shape[-1]
        routing = (readings.routing_iterations, readings.routing_gradient)
        self.digits = DigitCapsules(inputs, PRIMARY_COMPONENTS, classes, CAPSULE_SIZE, *routing)

    def forward(self, frames: Tensor) -> Tensor:
        """Return the class capsules (B, J, 30) of frames (B, 1, 48, 48)."""
        return self.digits(self.primary(self.convolutions(frames)))


class CapsuleDecoder(nn.Module):
    """Transposed convolutions from a capsule to its frame: DeepCaps' class-independent decoder at 48 pixels.

    A linear layer to 16 x 6 x 6, a transposed 3x3 convolution of stride 1 and three of 2, and one to one channel.
    """

    def __init__(self, widths: tuple[int, ...]):
        super().__init__()
        self.linear = nn.Sequential(nn.Linear(CAPSULE_SIZE, 16 * 6 * 6), nn.ReLU())
        layers = [nn.BatchNorm2d(16), nn.ConvTranspose2d(16, widths[0], 3, 1, 1), nn.ReLU()]
        for before, after in pairwise(widths):  # 6 -> 12 -> 24 -> 48 pixels
            layers += [nn.ConvTranspose2d(before, after, 3, 2, 1, output_padding=1), nn.ReLU()]
        if len(widths) == 4:
            layers.append(nn.Conv2d(widths[-1], 1, 3, 1, 1))
        else:
            layers.append(nn.ConvTranspose2d(widths[-1], 1, 3, 2, 1, output_padding=1))
        self.deconvolutions = nn.Sequential(*layers, nn.Sigmoid()).to(memory_format=torch.channels_last)

    def forward(self, capsule: Tensor) -> Tensor:
        """Return the frames (B, 48, 48) in 0..1 of capsules (B, 30)."""
        x = rearrange(self.linear(capsule), "B (C H W) -> B C H W", C=16, H=6)
        return self.deconvolutions(x).squeeze(1)


class CapsuleLSTM(nn.Module):
    """The whole network under `readings`, of one of `SIZES` by name."""

    def __init__(self, classes: int, size: str, readings: Readings):
        super().__init__()
        self.readings = readings
        self.encoder = CapsuleEncoder(SIZES[size], classes, readings)
        self.decoder = CapsuleDecoder(SIZES[size].decoder)
        per_frame = classes * CAPSULE_SIZE if readings.lstm_input == "pose" else classes
        self.lstm = nn.LSTM(per_frame, LSTM_UNITS, batch_first=True)
        self.head = nn.Linear(LSTM_UNITS, classes)
        if readings.lstm_initialisation == "tensorflow":
            self.initialise_like_tensorflow()

    def forward(self, clips: Tensor, labels: Tensor | None = None, reconstruct: bool = False) -> Output:
        """Classify clips (B, T, 48, 48) in 0..1; `labels` (B,), of training, may choose the capsule to decode."""
        batch, frames = clips.shape[:2]
        poses = self.encoder(rearrange(clips, "B T H W -> (B T) 1 H W"))  # (B*T, J, 30)
        norms = rearrange(capsule_norms(poses), "(B T) J -> B T J", B=batch)
        logits = self.classify(norms, poses)
        if not reconstruct:
            return Output(logits, norms)
        decoded = torch.arange(frames, device=clips.device).expand(batch, -1)
        if self.training and self.readings.decoder_frames == "one":
            decoded = torch.randint(frames, (batch, 1), device=clips.device)
        chosen = norms.argmax(-1).gather(1, decoded)
        if labels is not None and self.readings.decoder_capsule == "label":
            chosen = labels[:, None].expand_as(decoded)
        clip = torch.arange(batch, device=clips.device)[:, None]
        capsule = rearrange(poses, "(B T) J D -> B T J D", B=batch)[clip, decoded, chosen]  # (B, R, 30)
        drawn = self.decoder(capsule.flatten(0, 1)).unflatten(0, decoded.shape)
        return Output(logits, norms, drawn, decoded)

    @torch.no_grad()
    def initialise_like_tensorflow(self) -> None:
        """Glorot, orthogonal, forget bias 1: the input of the LSTM barely varies at first."""
        nn.init.xavier_uniform_(self.lstm.weight_ih_l0)
        nn.init.orthogonal_(self.lstm.weight_hh_l0)
        nn.init.zeros_(self.lstm.bias_hh_l0)
        nn.init.zeros_(self.lstm.bias_ih_l0)
        self.lstm.bias_ih_l0[LSTM_UNITS : 2 * LSTM_UNITS] = 1  # torch's gate order: input, forget, cell, output
        nn.init.xavier_uniform_(self.head.weight)
        nn.init.zeros_(self.head.bias)

    def classify(self, norms: Tensor, poses: Tensor) -> Tensor:
        """Run the LSTM over the frames: norms (B, T, J) and poses (B*T, J, 30) -> logits (B, J)."""
        if self.readings.lstm_input == "softmax":
            x = norms.softmax(-1)  # paper: "Softmax function is then used to convert the feature matrix into N*1"
        elif self.readings.lstm_input == "norm":
            x = norms
        else:
            x = rearrange(poses.float(), "(B T) J D -> B T (J D)", B=len(norms))
        if self.readings.encoder_gradient == "detach":
            x = x.detach()
        states, _ = self.lstm(x)
        state = states[:, -1] if self.readings.lstm_output == "last" else states.mean(1)
        return self.head(state)


def margin_loss(probability: Tensor, labels: Tensor) -> Tensor:
    """Sum over classes of T max(0, m+ - p)^2 + lambda (1 - T) max(0, p - m-)^2, averaged over the rest (eq. 3.2).

    probability (..., J) in 0..1: capsule norms or class probabilities; labels (...) the true class.
    """
    present = functional.one_hot(labels, probability.shape[-1]).to(probability.dtype)
    missed = (UPPER_MARGIN - probability).clamp(min=0).square()
    raised = (probability - LOWER_MARGIN).clamp(min=0).square()
    return (present * missed + ABSENT_WEIGHT * (1 - present) * raised).sum(-1).mean()


def frame_margin_loss(norms: Tensor, labels: Tensor, readings: LossReadings) -> Tensor:
    """Return eq. 3.2 on the capsule norms (B, T, J) of all or the middle half of the frames, and labels (B,)."""
    if readings.margin_frames == "middle":
        quarter = norms.shape[1] // 4
        norms = norms[:, quarter : norms.shape[1] - quarter]
    return margin_loss(norms, labels.unsqueeze(1).expand(norms.shape[:2]))


def reconstruction_loss(reconstruction: Tensor, clips: Tensor, readings: LossReadings) -> Tensor:
    """Return 0.0005 times the squared error of the pixels, both (B, R, H, W) in 0..1 (eq. 3.3).

    Reading `reconstruction_range`: pixels are counted from 0 to this. Reading `reconstruction_reduction`: "mean" is
    the formula's 1/n over the pixels; "sum" adds a frame's pixels, as Sabour et al. do, and averages over frames.
    """
    squared = (readings.reconstruction_range * (reconstruction.float() - clips.float())).square()
    mean = readings.reconstruction_reduction == "mean"
    per_frame = squared.mean((-2, -1)) if mean else squared.sum((-2, -1))
    return RECONSTRUCTION_WEIGHT * per_frame.mean()


def sequence_loss(logits: Tensor, labels: Tensor, kind: str, readings: LossReadings) -> Tensor:
    """Return the loss on the LSTM's logits (B, J): 0.5 x cross-entropy (eq. 3.4), or eq. 3.2 on probabilities."""
    logits = logits.float()
    if kind == "cross-entropy":
        return CROSS_ENTROPY_WEIGHT * functional.cross_entropy(logits, labels)
    probability = logits.softmax(-1) if readings.sequence_margin_of == "softmax" else logits.sigmoid()
    return readings.sequence_margin_weight * margin_loss(probability, labels)


class CapsuleLearner(Learner):
    """The Capsule-LSTM under one row of Table 4.1; options: size, and the readings of model and loss."""

    def __init__(self, task: Task):
        readings = task.options["readings"]
        self.variant = VARIANTS[task.variant]
        self.readings = LossReadings(**readings["loss"])
        self.network = CapsuleLSTM(task.classes, task.options["size"], Readings(**readings["model"]))

    def answer(self, batch: Batch) -> Output:
        """Classify the clips and decode; the label may choose the capsule in training only."""
        labels = batch.labels if self.network.training else None
        return self.network(batch.clips, labels, reconstruct=self.variant.reconstruction)

    def classify(self, batch: Batch) -> Output:
        """Classify the clips without decoding any capsule."""
        return self.network(batch.clips)

    def losses(self, answer: Output, batch: Batch) -> dict[str, Tensor]:
        """Return the parts of the joint loss (paper, eq. 3.1) as they enter the sum, and their total."""
        margin = frame_margin_loss(answer.norms, batch.labels, self.readings)
        reconstruction = torch.zeros((), device=margin.device)
        if self.variant.reconstruction:
            clip = torch.arange(len(batch.clips), device=margin.device)[:, None]
            frames = batch.clips[clip, answer.decoded]
            reconstruction = reconstruction_loss(answer.reconstruction, frames, self.readings)
        sequence = sequence_loss(answer.logits, batch.labels, self.variant.sequence, self.readings)
        parts = {"margin": margin, "reconstruction": reconstruction, "sequence": sequence}
        return parts | {"total": margin + reconstruction + sequence}


MODEL = Model(variants=tuple(VARIANTS), learner=CapsuleLearner)
