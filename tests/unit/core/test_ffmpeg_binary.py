import os

import pytest
from imageio_ffmpeg import get_ffmpeg_exe

from videofer.core.ffmpeg import ffmpeg_banner, ffmpeg_executable, keep_every_frame


@pytest.fixture(autouse=True)
def fresh():
    ffmpeg_executable.cache_clear()
    yield
    ffmpeg_executable.cache_clear()


def test_the_systems_ffmpeg_comes_first(tmp_path, monkeypatch):
    (tmp_path / "ffmpeg").symlink_to(get_ffmpeg_exe())
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    assert ffmpeg_executable() == str(tmp_path / "ffmpeg")


def test_without_one_the_packages_ffmpeg_runs(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    assert ffmpeg_executable() == get_ffmpeg_exe()
    assert ffmpeg_banner().startswith("ffmpeg version")


@pytest.mark.parametrize(
    ("banner", "option"),
    [
        ("ffmpeg version 4.4.2-0ubuntu0.22.04.1 Copyright", "vsync"),
        ("ffmpeg version n5.0.1 Copyright", "vsync"),
        ("ffmpeg version 5.1.6-0+deb12u1 Copyright", "fps_mode"),
        ("ffmpeg version n9.0.2-17-g2a571b6068-20260930 Copyright", "fps_mode"),
        ("ffmpeg version N-112345-gabcdef Copyright", "fps_mode"),
    ],
)
def test_every_ffmpeg_gets_the_option_it_knows(banner, option):
    assert keep_every_frame(banner) == {option: "passthrough"}
