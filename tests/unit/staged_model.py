"""A model that uses every hook of a `Learner`, small enough to be killed and resumed in a test."""

from dataclasses import dataclass, replace

import torch
from torch import Tensor, nn
from torch.nn import functional

from videofer.models.interface import Learner, Model

# How `bars_study.run` trains it.
SETTINGS = {
    "model": "staged", "variant": "plain", "options": {},
    "schedule": {"optimiser": "sgd", "momentum": 0.9, "weight_decay": 0.01, "learning_rate": 0.05},
}  # fmt: skip


class Network(nn.Module):
    """Pictures and landmarks each give logits; the mean feature of a class is kept in a buffer."""

    def __init__(self, classes: int):
        super().__init__()
        self.picture = nn.Sequential(nn.Flatten(), nn.Linear(16 * 16, 8), nn.ReLU(), nn.Dropout(0.5))
        self.points = nn.Sequential(nn.Flatten(), nn.Linear(68 * 2, classes))
        self.last = nn.Linear(8, classes)
        self.register_buffer("centres", torch.zeros(classes, 8))


@dataclass(frozen=True)
class Output:
    """Logits (B, J) and the features (B, 8) of the pictures."""

    logits: Tensor
    features: Tensor
    votes: None = None


class Staged(Learner):
    """First the points, then the pictures with a centre loss, then only the last layer of both together."""

    def __init__(self, task):
        self.network = Network(task.classes)

    def stages(self, schedule):
        return {"points": schedule, "pictures": schedule, "joint": replace(schedule, epochs=2, learning_rate=1e-4)}

    def begin(self, stage):
        self.stage = stage
        self.network.picture.requires_grad_(stage == "pictures")
        self.network.points.requires_grad_(stage == "points")
        self.network.last.requires_grad_(stage != "points")

    def answer(self, batch):
        small = functional.avg_pool2d(batch.clips.mean(1, keepdim=True), 3)
        features = self.network.picture(small)
        points = self.network.points(batch.landmarks.mean(1) / 48)
        pictures = self.network.last(features)
        logits = {"points": points, "pictures": pictures, "joint": points + pictures}[self.stage]
        return Output(logits, features)

    def losses(self, answer, batch):
        entropy = functional.cross_entropy(answer.logits, batch.labels)
        if self.stage == "points":
            return {"entropy": entropy, "total": entropy}
        centre = 0.01 * (answer.features - self.network.centres[batch.labels]).square().sum(1).mean()
        return {"entropy": entropy, "centre": centre, "total": entropy + centre}

    def after_step(self, answer, batch):
        if self.stage == "pictures":
            self.network.centres[batch.labels] += 0.1 * (
                answer.features.detach() - self.network.centres[batch.labels]
            )


MODEL = Model(variants=("plain",), learner=Staged)
