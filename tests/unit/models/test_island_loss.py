"""The island loss and its published centre step, against explicit loops, autograd and numbers worked by hand."""

import pytest
import torch

from videofer.models.island_loss import centre_loss, centre_step, pairwise_cosine

CLASSES, SIZE = 4, 5


@pytest.fixture
def drawn():
    """Features (7, 5), labels that leave class 2 out, and centres (4, 5), in double precision."""
    rng = torch.Generator().manual_seed(0)
    features = torch.randn(7, SIZE, generator=rng, dtype=torch.float64)
    centres = 2 * torch.randn(CLASSES, SIZE, generator=rng, dtype=torch.float64)
    return features, torch.tensor([0, 1, 1, 3, 0, 0, 1]), centres


def test_two_centres_by_hand():
    centres = torch.tensor([[1.0, 0.0], [0.0, 2.0]])
    assert pairwise_cosine(centres) == 2  # two ordered pairs at a right angle, each 0 + 1
    assert pairwise_cosine(torch.tensor([[1.0, 0.0], [-3.0, 0.0]])) == 0
    features, labels = torch.tensor([[3.0, 4.0], [1.0, 2.0]]), torch.tensor([0, 0])
    assert centre_loss(features, labels, centres) == ((4 + 16) + (0 + 4)) / 2 / 2
    # Of class 0: 2 (1, 0) - (4, 6) over 3, and 10 times c_2 / (|c_2| |c_1|); of class 1, not in the batch: 10 times
    # c_1 / (|c_1| |c_2|). The second part of the gradient of a cosine vanishes at a right angle.
    expected = torch.tensor([[-2 / 3, -2 + 10], [10 / 2, 0]])
    torch.testing.assert_close(centre_step(features, labels, centres, 10.0), expected)
    torch.testing.assert_close(centre_step(features, labels, centres, 0.0), torch.tensor([[-2 / 3, -2], [0, 0]]))


def test_the_loss_is_its_formula(drawn):
    features, labels, centres = drawn
    squares = [sum((x[d] - centres[y][d]) ** 2 for d in range(SIZE)) for x, y in zip(features, labels, strict=True)]
    torch.testing.assert_close(centre_loss(*drawn), sum(squares) / 2 / 7)
    pairs = 0
    for j in range(CLASSES):
        for k in range(CLASSES):
            if k != j:
                a, b = centres[k], centres[j]
                pairs += (a * b).sum() / ((a * a).sum() * (b * b).sum()).sqrt() + 1
    torch.testing.assert_close(pairwise_cosine(centres), pairs)


def test_the_step_is_the_published_formula(drawn):
    features, labels, centres = drawn
    for j in range(CLASSES):
        own = [x for x, y in zip(features, labels, strict=True) if y == j]
        step = sum((centres[j] - x for x in own), torch.zeros(SIZE, dtype=torch.float64)) / (1 + len(own))
        for k in range(CLASSES):
            if k != j:
                a, b = centres[k], centres[j]
                step = step + 10 / (CLASSES - 1) * (
                    a / (a.norm() * b.norm()) - (a @ b) / (a.norm() * b.norm() ** 3) * b
                )
        torch.testing.assert_close(centre_step(features, labels, centres, 10.0)[j], step)


def test_the_features_gradient_is_exact(drawn):
    features, labels, centres = drawn
    assert torch.autograd.gradcheck(lambda x: centre_loss(x, labels, centres), features.clone().requires_grad_())
    leaf = features.clone().requires_grad_()
    centre_loss(leaf, labels, centres).backward()
    torch.testing.assert_close(leaf.grad, (features - centres[labels]) / 7)


def test_where_the_step_is_the_gradient_and_where_a_share_of_it(drawn):
    features, labels, centres = drawn
    leaf = centres.clone().requires_grad_()
    (gradient,) = torch.autograd.grad(7 * centre_loss(features, labels, leaf), leaf)
    counts = torch.tensor([3, 3, 0, 1]).unsqueeze(1)
    attraction = centre_step(features, labels, centres, 0.0)
    torch.testing.assert_close(attraction, gradient / (1 + counts))
    (gradient,) = torch.autograd.grad(10 * pairwise_cosine(leaf), leaf)
    repulsion = centre_step(features, labels, centres, 10.0) - attraction
    torch.testing.assert_close(repulsion, gradient / (2 * (CLASSES - 1)))


def test_steps_without_features_part_the_centres_as_far_as_the_loss_can_tell(drawn):
    _, _, centres = drawn
    nothing = torch.zeros(0, SIZE, dtype=torch.float64), torch.zeros(0, dtype=torch.int64)
    for _ in range(2000):
        centres = centres - centre_step(*nothing, centres, 1.0)
    # The cosines of J unit vectors add up to |sum of the vectors|^2 - J: least where the vectors cancel.
    directions = centres / centres.norm(dim=1, keepdim=True)
    torch.testing.assert_close(directions.sum(0), torch.zeros_like(centres[0]), atol=1e-3, rtol=0)
    least = torch.tensor(float(CLASSES * (CLASSES - 2)), dtype=torch.float64)
    torch.testing.assert_close(pairwise_cosine(centres), least, atol=1e-3, rtol=0)


def test_a_centre_at_the_origin_has_no_direction_and_breaks_nothing(drawn):
    features, labels, centres = drawn
    centres[2] = 0
    step = centre_step(features, labels, centres, 10.0)
    assert step.isfinite().all() and pairwise_cosine(centres).isfinite()
