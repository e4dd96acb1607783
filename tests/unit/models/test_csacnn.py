"""The stand-in for CSACNN: layer table and CBAM's attention."""

import pytest
import torch

from videofer.models.csacnn import SIZES, AttentionCNN, ChannelAttention, SpatialAttention
from videofer.models.interface import count_parameters


def test_parameters_of_the_paper_preset_layer_by_layer():
    with torch.device("meta"):
        network = AttentionCNN(6, "paper")
    expected, before = 256 * 6 + 6, 1
    for channels in (64, 128, 256):
        convolutions = channels * before * 9 + channels * channels * 9 + 2 * 2 * channels
        expected += convolutions + 2 * channels * channels // 16 + 2 * 7 * 7
        before = channels
    assert count_parameters(network) == expected


@pytest.mark.parametrize(("size", "sides"), [("paper", [24, 12, 6]), ("D", [8, 4, 2])])
def test_shapes(size, sides):
    with torch.device("meta"):
        network = AttentionCNN(6, size)
        x, seen = torch.zeros(2, 1, 48, 48), []
        for layer in network.blocks:
            x = layer(x)
            if isinstance(layer, SpatialAttention):
                seen.append(x.shape[-1])
        assert network(torch.zeros(2, 48, 48))[0].shape == (2, 6)
    assert seen == sides and x.shape[1] == SIZES[size][0][-1]


def test_channels_are_weighted_by_their_mean_and_their_largest_value():
    torch.manual_seed(0)
    attention, maps = ChannelAttention(32), torch.randn(2, 32, 3, 4)
    first, second = attention.shared[0].weight, attention.shared[2].weight
    assert first.shape == (2, 32) and second.shape == (32, 2)  # a reduction of 16
    for sample, weighted in zip(maps, attention(maps), strict=True):
        total = torch.zeros(32)
        for summary in (sum(c for c in sample.flatten(1).T) / 12, torch.stack([c.max() for c in sample])):
            total += second @ (first @ summary).clamp(min=0)
        torch.testing.assert_close(weighted, sample / (1 + (-total).exp())[:, None, None])


def test_positions_are_weighted_by_what_lies_within_three_pixels():
    torch.manual_seed(0)
    attention, maps = SpatialAttention(), torch.randn(1, 5, 10, 10)
    kernel = attention.convolution.weight[0]  # (2, 7, 7): of the mean, of the largest value
    weighted = attention(maps)
    for y, x in ((0, 0), (4, 5), (9, 2)):
        total = 0.0
        for i in range(7):
            for j in range(7):
                if 0 <= y + i - 3 < 10 and 0 <= x + j - 3 < 10:
                    values = maps[0, :, y + i - 3, x + j - 3]
                    total += kernel[0, i, j] * values.mean() + kernel[1, i, j] * values.max()
        torch.testing.assert_close(weighted[0, :, y, x], maps[0, :, y, x] * torch.sigmoid(total))
