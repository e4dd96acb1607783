"""One network trained on drawn clips: the whole loop."""

import torch
from torch.nn import functional
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from videofer.people.clips import MARGIN, TAKEN, Clips
from videofer.people.network import PeopleNet, Recipe, find_mean_face
from videofer.people.vary import move, vary_features, vary_pictures

DECAY = 0.995  # of the averaged weights, at each step


def train(clips: Clips, classes: int, recipe: Recipe, seed: int) -> AveragedModel:
    """Train a network on drawn clips and return the exponential mean of its weights, ready to answer."""
    torch.manual_seed(seed)
    frames, landmarks = torch.from_numpy(clips.frames), torch.from_numpy(clips.landmarks)
    labels = torch.from_numpy(clips.labels)
    mean_face = find_mean_face(landmarks[:, TAKEN:].flatten(0, 1) - MARGIN)
    network = PeopleNet(classes, mean_face, recipe)
    average = AveragedModel(network, multi_avg_fn=get_ema_multi_avg_fn(DECAY), use_buffers=True)
    optimiser = torch.optim.AdamW(network.parameters(), lr=recipe.rate, weight_decay=1e-2)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, recipe.rate, recipe.steps, pct_start=0.15)
    network.train()
    order = torch.empty(0, dtype=torch.int64)
    for _ in range(recipe.steps):
        if len(order) < recipe.batch:
            order = torch.cat([order, torch.randperm(len(labels))])
        chosen, order = order[: recipe.batch], order[recipe.batch :]
        pictures, points = move(frames[chosen].float() / 255, landmarks[chosen], MARGIN)
        if recipe.pictures:
            pictures = vary_pictures(pictures)
        if recipe.features:
            points = vary_features(points)
        known = (torch.rand(len(chosen)) < recipe.rest).float()
        logits = network(pictures[:, :TAKEN], points[:, :TAKEN], pictures[:, TAKEN:], points[:, TAKEN:], known)
        loss = functional.cross_entropy(logits, labels[chosen], label_smoothing=recipe.smoothing)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        schedule.step()
        average.update_parameters(network)
    return average.eval()
