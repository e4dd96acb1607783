"""The download rules against a local server: killed, gone on with, and nothing to do the second time."""

import pytest
from record_server import serve_record

pytestmark = pytest.mark.workflow


def test_an_actor_s_archive_is_fetched_by_the_rules(project, tmp_path):
    with serve_record() as server:
        config = ["--config", f"data_dir={tmp_path}", f"record={server.url}/record", "actors=[1]"]
        command = ["-s", "workflow/download_ravdess.smk", "--configfile", "config.yaml", *config]
        server.break_after = 50_000
        project.snakemake(*command)
        assert (tmp_path / "Actor_01/01-01-03-01-01-01-01.mp4").stat().st_size == 300_000
        asked = len(server.requests)
        assert "Nothing to be done" in project.snakemake(*command)
        assert len(server.requests) == asked
