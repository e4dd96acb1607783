"""A bundle of hardly trained networks."""

from pathlib import Path

import pytest
from small_study import finish, write_data

from videofer.predict.export import export_bundle


@pytest.fixture(scope="session")
def study(tmp_path_factory) -> Path:
    """The results of three hardly trained networks."""
    return finish(write_data(tmp_path_factory.mktemp("study")), "csacnn", "cbam-stand-in")


@pytest.fixture(scope="session")
def bundle(study, tmp_path_factory) -> Path:
    """The bundle of the study."""
    out = tmp_path_factory.mktemp("bundles") / "small"
    export_bundle(study, "csacnn", None, None, out)
    return out
