"""The island loss: features near their class's centre, centres far apart in angle.

Source: Cai et al., "Island loss for learning discriminative features in facial expression recognition", FG 2018
(arXiv 1710.03144), on the centre loss of Wen et al., ECCV 2016. For the features x_i of a batch with labels y_i,
and a centre c_j of each of the classes N,

    L_IL = 1/2 sum_i |x_i - c_{y_i}|^2  +  lambda_1 sum_j sum_{k != j} (cos(c_k, c_j) + 1).

The network gets the gradient of the first part alone; the second knows only the centres, which no optimiser moves:
they take the published step of `centre_step` after each batch.
"""

import torch
from torch import Tensor
from torch.nn import functional

SHORTEST = 1e-6  # below it a centre has no direction to speak of


def centre_loss(features: Tensor, labels: Tensor, centres: Tensor) -> Tensor:
    """Return half the squared distance of features (N, D) to their centres, averaged over the N.

    labels (N,); centres (J, D). Its gradient by x_i is (x_i - c_{y_i}) / N.
    """
    return (features - centres[labels]).square().sum(1).mean() / 2


def pairwise_cosine(centres: Tensor) -> Tensor:
    """Return the sum over ordered pairs of different centres (J, D) of their cosine plus one.

    It is |sum of their unit vectors|^2 + J (J - 2): least where those cancel, not only where all lie equally far
    apart.
    """
    directions = functional.normalize(centres, dim=1, eps=SHORTEST)
    cosines = directions @ directions.T
    others = 1 - torch.eye(len(centres), device=centres.device)
    return ((cosines + 1) * others).sum()


def centre_step(features: Tensor, labels: Tensor, centres: Tensor, pairwise_weight: float) -> Tensor:
    """Return the published change (J, D) that is subtracted from the centres (alpha times, and alpha is 1).

    features (N, D) with labels (N,); pairwise_weight: lambda_1, or 0 for the centre loss of Wen et al. Two parts:
    n_j / (1 + n_j) times the way from the mean of the class's n_j features to its centre, where the gradient of
    1/2 sum |x - c|^2 has the factor n_j; and lambda_1 / (|N| - 1) times sum_{k != j} of the gradient of
    cos(c_k, c_j) by c_j. The exact gradient of the double sum is 2 lambda_1 times the latter sum, each pair being
    counted twice: the published step is that gradient over 2 (|N| - 1).
    """
    member = functional.one_hot(labels, len(centres)).to(features.dtype)  # (N, J)
    counts = member.sum(0).unsqueeze(1)
    step = (counts * centres - member.T @ features) / (1 + counts)
    if pairwise_weight:
        lengths = centres.norm(dim=1, keepdim=True).clamp(min=SHORTEST)
        directions = centres / lengths
        others = directions.sum(0) - directions  # sum over k != j of the unit vectors
        along = (others * directions).sum(1, keepdim=True)
        step = step + pairwise_weight / (len(centres) - 1) * (others - along * directions) / lengths
    return step
