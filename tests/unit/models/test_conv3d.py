"""3DCNN with and without deformable action parts: layer tables and geometry."""

import pytest
import torch
from model_options import easy_task, read_options

from videofer.core.errors import UserError
from videofer.core.landmarks import ACTION_PARTS, MIRROR_ORDER
from videofer.models import conv3d
from videofer.models.interface import Split, count_parameters

# Frames and side of the maps of a clip of 16 frames, worked out by hand from kernel and stride.
# paper: 16-14-12 frames, 48-40-20-12-6 cells; D: 16-7-5 frames, 48-20-10-8-4 cells.
MAPS = {"paper": (12, 6), "D": (5, 4)}


def test_parameters_of_the_paper_preset_layer_by_layer():
    with torch.device("meta"):
        plain = conv3d.build_plain("paper", 16, 6)
        dap = conv3d.build_dap("paper", 2, torch.zeros(13, 2), 16, 6)
    generic = 64 * 3 * 9 * 9 + 64
    assert count_parameters(plain) == generic + (128 * 64 * 3 * 9 * 9 + 128) + (55_296 * 256 + 256) + (256 * 6 + 6)
    filters = 13 * 6 * 2
    parts = filters * 64 * 3 * 9 * 9 + filters
    partial = 13 * (12 * 12 * 6 * 6 * 6 + 6)  # a part: 12 maps of 12 frames of 6 x 6 cells -> 6 units
    assert count_parameters(dap) == generic + parts + 4 * filters + partial + (13 * 6 * 6 + 6)


@pytest.mark.parametrize("size", sorted(conv3d.SIZES))
def test_shapes(size):
    clips = torch.rand(1, 16, 48, 48)
    (_, *shape), parts, _ = conv3d.SIZES[size]
    detection = conv3d.PartDetection((2, *shape), parts)
    frames, side = MAPS[size]
    assert detection(clips).shape == (1, parts[0], frames, side, side)
    assert detection.map_shape(16) == (frames, side)
    assert conv3d.build_plain(size, 16, 6)(clips).shape == (1, 6)
    assert conv3d.build_dap(size, 1, torch.full((13, 2), 24.0), 16, 6)(clips).shape == (1, 6)


@pytest.mark.parametrize("size", sorted(conv3d.SIZES))
def test_a_cell_s_centre_is_the_middle_of_the_pixels_it_depends_on(size):
    (_, *generic), (_, *parts), _ = conv3d.SIZES[size]
    detection = conv3d.PartDetection((1, *generic), (1, *parts))
    for layer in (detection.generic, detection.parts):
        torch.nn.init.constant_(layer.weight, 1.0)
    clips = torch.ones(1, 16, 48, 48, requires_grad=True)
    for cell, centre in enumerate(detection.centres(MAPS[size][1])):
        (seen,) = torch.autograd.grad(detection(clips)[0, 0, 0, cell, 1], clips)
        rows = seen[0].sum((0, 2)).nonzero()
        assert (rows.min() + rows.max()) / 2 == centre


def test_frames_are_pooled_one_by_one():
    x = torch.rand(2, 3, 4, 6, 8)
    torch.testing.assert_close(conv3d.pool_frames(x), torch.nn.functional.avg_pool3d(x, (1, 2, 2)))


def test_learned_deformation_weights_act_on_dx_dy_and_their_squares():
    centres, anchor = torch.tensor([24.0, 72.0]), torch.tensor([[48.0, 0.0]])
    layer = conv3d.Deformation(anchor, centres).double()
    assert layer.weight.tolist() == [[0, 0, -1, -1]]  # minus the squared distance
    layer.weight.data = torch.tensor([[1.0, 2.0, 4.0, 8.0]]).double()
    # dx is -1/2 and 1/2, dy is 1/2 and 3/2 of the frame's side.
    expected = torch.tensor([[0.5 + 1 + 2, 1.5 + 1 + 2], [2.5 + 1 + 18, 3.5 + 1 + 18]]).double()
    torch.testing.assert_close(layer(torch.zeros(1, 1, 1, 2, 2).double())[0, 0, 0], expected)
    detected = torch.full((1, 1, 2, 2, 2), 0.3, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(lambda x, _: layer(x), (detected, layer.weight))


def test_a_unit_of_the_partial_connection_sees_the_maps_of_its_own_part_only():
    parts, maps, cells = 13, 6, 2 * 3 * 3
    deformation = conv3d.Deformation(torch.full((parts * maps, 2), 24.0), torch.tensor([12.0, 24.0, 36.0]))
    head = conv3d.PartHead(deformation, parts, maps * cells, 6)
    detected = torch.rand(1, parts * maps, 2, 3, 3) + 1
    flat = deformation(detected).reshape(parts, maps * cells)
    weight = head.partial.weight.reshape(parts, 6, maps * cells)
    bias = head.partial.bias.reshape(parts, 6)
    units = torch.stack([weight[p] @ flat[p] + bias[p] for p in range(parts)])
    torch.testing.assert_close(head(detected), head.full(units.relu().reshape(1, -1)))


def test_parts_lie_at_their_landmarks_in_the_mean_face_of_the_training_samples():
    generator = torch.Generator().manual_seed(0)
    landmarks = torch.rand(3, 8, 4, 68, 2, generator=generator) * 48
    samples = torch.tensor([[0, 0], [0, 3], [2, 1]])
    split = Split(torch.zeros(3, 8, 4, 1, 1), landmarks, torch.zeros(3), samples)
    positions = conv3d.locate_parts(split)
    frames = torch.stack([landmarks[0, 0], landmarks[0, 3], landmarks[2, 1]])
    assert positions.shape == (13, 2)
    for position, part in zip(positions, ACTION_PARTS.values(), strict=True):
        torch.testing.assert_close(position, frames[:, :, list(part)].mean((0, 1, 2)))


def test_the_parts_are_those_of_the_mirrored_face():
    parts = {frozenset(part) for part in ACTION_PARTS.values()}
    assert len(parts) == 13
    assert {frozenset(MIRROR_ORDER[point] for point in part) for part in parts} == parts


def test_clips_too_short_for_the_kernels_are_refused():
    task = easy_task("dap", read_options("3dcnn"), frames=5)
    with pytest.raises(UserError, match=r"needs clips of 7 frames or more, not 5: set clips\.length"):
        conv3d.Conv3dLearner(task)
    assert conv3d.PartDetection(*conv3d.SIZES["D"][:2]).map_shape(7) == (1, 4)


@pytest.mark.parametrize(("part_filters", "filters"), [(1, 78), (3, 234)])
def test_part_filters_is_their_number_for_each_part_and_class(part_filters, filters):
    task = easy_task("dap", read_options("3dcnn", part_filters=part_filters))
    detection, head = conv3d.Conv3dLearner(task).network
    assert len(detection.parts.weight) == len(head.deformation.weight) == filters
