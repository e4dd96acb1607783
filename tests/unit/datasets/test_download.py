"""Downloads against a local server that, like a real one, breaks off, knows ranges or not, and may send rubbish."""

import pytest
from record_server import NAME, serve_record

from videofer.core.errors import UserError
from videofer.datasets.download import download_archive, fetch_record


@pytest.fixture
def server():
    with serve_record() as state:
        yield state


def download(server, folder):
    fetch_record(f"{server.url}/record", folder / "record.json", wait=0)
    download_archive(folder / "record.json", NAME, folder, folder / "done", wait=0)


def test_an_archive_is_checked_and_unpacked(server, tmp_path):
    download(server, tmp_path)
    assert (tmp_path / "Actor_01/01-01-03-01-01-01-01.mp4").stat().st_size == 300_000
    assert (tmp_path / "done").read_text() == f"{server.checksum}  {NAME}\n"
    assert list((tmp_path / "downloads").iterdir()) == []


def test_a_broken_connection_goes_on_where_it_was(server, tmp_path):
    server.break_after = 100_000
    download(server, tmp_path)
    assert server.requests[-1] == (f"/{NAME}", "bytes=100000-")
    assert (tmp_path / "done").exists()


def test_a_killed_download_goes_on_in_the_next_run(server, tmp_path):
    (tmp_path / "downloads").mkdir()
    (tmp_path / f"downloads/{NAME}.part").write_bytes(server.content[:250_000])
    download(server, tmp_path)
    assert server.requests[-1] == (f"/{NAME}", "bytes=250000-")


def test_a_server_without_ranges_begins_anew(server, tmp_path):
    server.ranges, server.break_after = False, 100_000
    download(server, tmp_path)
    assert (tmp_path / "done").exists()


def test_a_busy_server_is_asked_again(server, tmp_path):
    server.failures = 3
    download(server, tmp_path)
    server.failures = 5
    with pytest.raises(UserError, match=r"cannot be fetched .*503"):
        download(server, tmp_path)


def test_rubbish_is_deleted_and_named(server, tmp_path):
    (tmp_path / "downloads").mkdir()
    (tmp_path / f"downloads/{NAME}.part").write_bytes(b"x" * 1000)
    with pytest.raises(UserError, match="does not have its published checksum md5:"):
        download(server, tmp_path)
    assert list((tmp_path / "downloads").iterdir()) == [] and not (tmp_path / "done").exists()
    download(server, tmp_path)
    assert (tmp_path / "done").exists()


def test_what_is_not_there_is_named(server, tmp_path):
    fetch_record(f"{server.url}/record", tmp_path / "record.json", wait=0)
    with pytest.raises(UserError, match=r"has no file other\.zip"):
        download_archive(tmp_path / "record.json", "other.zip", tmp_path, tmp_path / "done", wait=0)
    with pytest.raises(UserError, match=r"cannot be fetched .*404"):
        fetch_record(f"{server.url}/nothing", tmp_path / "record.json", wait=0)
    with pytest.raises(UserError, match="is not a record"):
        fetch_record(f"{server.url}/{NAME}", tmp_path / "record.json", wait=0)
    with pytest.raises(UserError, match="cannot be fetched"):
        fetch_record("http://127.0.0.1:9/record", tmp_path / "record.json", wait=0)
