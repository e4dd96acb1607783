"""What the figures are drawn from: metrics of fake runs, and explanations of a small trained study."""

import pytest
from explained_study import explain, train, write_study
from fake_runs import MODELS, evaluate_fake, write_fake_results


@pytest.fixture(scope="session")
def root(tmp_path_factory):
    """The folder of fake results of several models, with their metrics."""
    folder = write_fake_results(tmp_path_factory.mktemp("fake"), models=MODELS)
    evaluate_fake(folder, models=MODELS)
    return folder


@pytest.fixture(scope="session")
def study(tmp_path_factory):
    """The folder of a study of three people, with explanations of the paper's full model."""
    folder = write_study(tmp_path_factory.mktemp("study"))
    explain(folder, [train(folder, "margin-reconstruction-ce", fold, epochs=8) for fold in range(3)])
    return folder
