"""A network rebuilt from its weights gives the predictions of its training, to the last bit."""

import numpy as np
import pytest
import torch
from small_study import LENGTH, read_faces, train, write_data

from videofer.core.artifacts import Arrays, read_arrays, read_table
from videofer.core.errors import UserError
from videofer.core.study import CLASSES
from videofer.models.registry import MODELS, load_model
from videofer.predict.bundle.members import average_probabilities, find_builder, rebuild_member

FLOORS = ("lbp-top-svm", "majority")
SAME = ("capsule-lstm-tuned",)  # the network of capsule-lstm
NETWORKS = [(model, v) for model in MODELS if model not in FLOORS + SAME for v in load_model(model).variants]


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    return write_data(tmp_path_factory.mktemp("study"))


@pytest.mark.parametrize("model, variant", NETWORKS)
def test_every_network_predicts_as_in_its_run(study, model, variant):
    run = train(study, model, variant)
    member = rebuild_member(read_arrays(run / "model.safetensors", "weights"), LENGTH)
    table = read_table(run / "predictions.csv", "predictions").query("split == 'test'")
    names, clips, landmarks = read_faces(study)
    tested = [names.index(clip) for clip in table["clip"]]
    predicted = member.classify(clips[tested], landmarks[tested])
    expected = table[[f"p_{name}" for name in CLASSES]].to_numpy()
    np.testing.assert_array_equal(predicted, expected.astype(np.float32))
    assert len(np.unique(expected[:, 0])) > 1  # they depend on the clips


@pytest.mark.parametrize("model", FLOORS)
def test_what_is_no_network_is_refused_in_one_sentence(model):
    with pytest.raises(UserError, match=f"{model} is not a network, .*: capsule-lstm, .*, frames-landmarks.$"):
        find_builder(model)


def test_weights_of_another_network_are_refused(study):
    weights = read_arrays(train(study, "csacnn", "cbam-stand-in") / "model.safetensors", "weights")
    fewer = Arrays({name: array for name, array in weights.items() if name != "head.bias"}, weights.meta)
    with pytest.raises(UserError, match=r"do not fit the network of this version .*export it again"):
        rebuild_member(fewer, LENGTH)


def test_probabilities_are_the_mean_and_the_random_state_stays(study):
    paths = [train(study, "frames-landmarks", "fused", fold) / "model.safetensors" for fold in (0, 1)]
    torch.manual_seed(3)
    before = torch.get_rng_state()
    members = [rebuild_member(read_arrays(path, "weights"), LENGTH) for path in paths]
    assert torch.equal(torch.get_rng_state(), before)
    _, clips, landmarks = read_faces(study)
    first, second = (member.classify(clips, landmarks) for member in members)
    assert not np.allclose(first, second)
    np.testing.assert_allclose(average_probabilities(members, clips, landmarks), (first + second) / 2, atol=1e-7)
