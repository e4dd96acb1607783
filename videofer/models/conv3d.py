"""3DCNN and 3DCNN-DAP: 3D convolutions, alone and with deformable action parts of the face.

M. Liu, S. Li, S. Shan, R. Wang, X. Chen: Deeply learning deformable facial action parts model for dynamic
expression analysis, ACCV 2014. Theirs: the layers C1 to F7 with their kernels; 13 parts, with filters of their own
for every class; deformation about an anchor with learned weights. We know the paper's figure 1 and notes of it, not
its text. Ours: 48 pixels (theirs: 64), where the parts lie, the terms of the deformation (those of the deformable
part model that it builds on: Felzenszwalb et al., PAMI 2010), the ReLUs, how many filters a part has, the head of
`plain`, the random start (theirs: K-means and linear regression), loss and optimiser.
"""

import torch
from einops import rearrange
from torch import Tensor, nn
from torch.nn import functional

from videofer.core.errors import UserError
from videofer.core.landmarks import ACTION_PARTS
from videofer.core.study import FRAME_SIZE
from videofer.models.interface import Learner, Model, Split, Task

POOLING = 2  # pixels a side of the means S2 and S4, which leave the frames apart

# Filters of C1 and C3: how many (in C3 of `plain`), their kernel and their stride in frames, rows and columns; then
# hidden units of `plain`. `paper` has the kernels of the original on our smaller frames. `D`, for one core, takes
# every other frame and pixel in C1, and in C3 a kernel of 12 pixels of the frame instead of 18.
Filters = tuple[int, tuple[int, int, int], tuple[int, int, int]]
SIZES: dict[str, tuple[Filters, Filters, int]] = {
    "paper": ((64, (3, 9, 9), (1, 1, 1)), (128, (3, 9, 9), (1, 1, 1)), 256),
    "D": ((8, (3, 9, 9), (2, 2, 2)), (16, (3, 3, 3), (1, 1, 1)), 64),
}


class PartDetection(nn.Module):
    """Layers C1 to S4."""

    def __init__(self, generic: Filters, parts: Filters):
        super().__init__()
        self.generic = nn.Conv3d(1, *generic)
        self.parts = nn.Conv3d(generic[0], *parts)

    def forward(self, clips: Tensor) -> Tensor:
        """Return the maps (B, M, T', W, W) of M filters for clips (B, T, 48, 48) in 0..1."""
        x = rearrange(clips, "B T H W -> B 1 T H W")
        for layer in (self.generic, self.parts):
            x = pool_frames(functional.relu(layer(x)))
        return x

    def map_shape(self, frames: int) -> tuple[int, int]:
        """Return how many frames the maps of a clip of `frames` have, and their side in cells: T' and W.

        Raises UserError if the clip is too short.
        """
        shortest, length, side = 1, frames, FRAME_SIZE
        for layer in (self.parts, self.generic):
            shortest = (shortest - 1) * layer.stride[0] + layer.kernel_size[0]
        if frames < shortest:
            raise UserError(
                f"3dcnn of this size needs clips of {shortest} frames or more, not {frames}: set clips.length."
            )
        for layer in (self.generic, self.parts):
            length = (length - layer.kernel_size[0]) // layer.stride[0] + 1
            side = ((side - layer.kernel_size[1]) // layer.stride[1] + 1) // POOLING
        return length, side

    def centres(self, side: int) -> Tensor:
        """Return for each of `side` cells in a row (or column) the pixel in the middle of its receptive field."""
        first, step = 0.0, 1
        for layer in (self.generic, self.parts):
            for kernel, stride in ((layer.kernel_size[1], layer.stride[1]), (POOLING, POOLING)):
                first += step * (kernel - 1) / 2
                step *= stride
        return first + step * torch.arange(side)


class Deformation(nn.Module):
    """Layer D5: weaken each map away from its anchor.

    To every map four deformation maps are added: dx, dy, dx^2 and dy^2 of a cell from the anchor, weighted by four
    learned numbers, which start at minus the squared distance. Without the ReLU the sum would only change the bias
    of the linear layer behind.

    anchors (M, 2), x and y, and centres (W,) of the cells, in pixels. Distances count in frames' sides (ours): in
    units of 8 pixels the squares outweigh every response, and nothing is learned.
    """

    def __init__(self, anchors: Tensor, centres: Tensor):
        super().__init__()
        self.weight = nn.Parameter(torch.tensor([0.0, 0.0, -1.0, -1.0]).repeat(len(anchors), 1))
        x, y = ((centres - anchors[:, axis, None]) / FRAME_SIZE for axis in (0, 1))
        x, y = torch.broadcast_tensors(x[:, None, :], y[:, :, None])
        self.register_buffer("maps", torch.stack([x, y, x**2, y**2], dim=1))  # (M, 4, H, W)

    def forward(self, detected: Tensor) -> Tensor:
        """Return the deformed maps of detection maps, both (B, M, T, H, W)."""
        deformation = torch.einsum("M F, M F H W -> M H W", self.weight, self.maps)
        return functional.relu(detected + rearrange(deformation, "M H W -> M 1 H W"))


class PartHead(nn.Module):
    """Layers D5 to F7: P6 connects the maps of a part with J units of its own, F7 all units with the classes."""

    def __init__(self, deformation: Deformation, parts: int, inputs: int, classes: int):
        super().__init__()
        self.deformation = deformation
        self.partial = nn.Conv1d(parts * inputs, parts * classes, 1, groups=parts)
        self.full = nn.Linear(parts * classes, classes)

    def forward(self, detected: Tensor) -> Tensor:
        """Return the logits (B, J) of detection maps (B, P * K, T, H, W), K of each of P parts."""
        deformed = rearrange(self.deformation(detected), "B M T H W -> B (M T H W) 1")
        return self.full(functional.relu(self.partial(deformed).flatten(1)))


def build_plain(size: str, frames: int, classes: int) -> nn.Sequential:
    """Build 3DCNN for clips of `frames` frames: C1 to S4, then a hidden layer (ours) and the classes."""
    generic, parts, hidden = SIZES[size]
    detection = PartDetection(generic, parts)
    length, side = detection.map_shape(frames)
    inputs = parts[0] * length * side**2
    head = nn.Sequential(nn.Flatten(), nn.Linear(inputs, hidden), nn.ReLU(), nn.Linear(hidden, classes))
    return nn.Sequential(detection, head)


def build_dap(size: str, part_filters: int, anchors: Tensor, frames: int, classes: int) -> nn.Sequential:
    """Build 3DCNN-DAP: C1 to S4 with `part_filters` filters for each part and class, then D5 to F7.

    anchors (P, 2): position of each part, x and y in pixels.
    """
    generic, (_, *shape), _ = SIZES[size]
    maps = part_filters * classes
    detection = PartDetection(generic, (len(anchors) * maps, *shape))
    length, side = detection.map_shape(frames)
    deformation = Deformation(anchors.repeat_interleave(maps, 0), detection.centres(side))
    return nn.Sequential(detection, PartHead(deformation, len(anchors), maps * length * side**2, classes))


def locate_parts(split: Split) -> Tensor:
    """Return where the parts lie on average over all frames of a split's samples, (13, 2): x and y in pixels."""
    clip, version = split.samples.unbind(1)
    face = split.landmarks[clip, version].mean((0, 1))
    return torch.stack([face[list(part)].mean(0) for part in ACTION_PARTS.values()])


def pool_frames(x: Tensor) -> Tensor:
    """Average each frame's squares of 2 x 2 cells: (B, C, T, H, W) -> (B, C, T, H / 2, W / 2).

    In 2D, since pooling in 3D has no deterministic gradient on a GPU.
    """
    pooled = functional.avg_pool2d(rearrange(x, "B C T H W -> B (C T) H W"), POOLING)
    return rearrange(pooled, "B (C T) H W -> B C T H W", C=x.shape[1])


class Conv3dLearner(Learner):
    """3DCNN or 3DCNN-DAP; options: size, and part_filters of `dap`."""

    def __init__(self, task: Task):
        size, frames = task.options["size"], task.training.versions.shape[2]
        if task.variant == "plain":
            self.network = build_plain(size, frames, task.classes)
        else:
            anchors = locate_parts(task.training).cpu()
            self.network = build_dap(size, task.options["part_filters"], anchors, frames, task.classes)


MODEL = Model(variants=("plain", "dap"), learner=Conv3dLearner)
