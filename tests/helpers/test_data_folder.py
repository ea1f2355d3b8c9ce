"""Where data sets and downloads are looked for."""

from pathlib import Path

import pytest

from helpers.data_folder import cache_folder, data_folder
from helpers.errors import CourseError


def test_the_folder_that_is_named_counts_though_it_is_empty(tmp_path, monkeypatch):
    monkeypatch.setenv("COURSE_DATA", str(tmp_path / "data"))
    with pytest.raises(CourseError, match="COURSE_DATA names .*data, which is not a folder"):
        data_folder()
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "data").symlink_to(tmp_path / "elsewhere")
    assert data_folder() == tmp_path / "elsewhere"
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("COURSE_DATA", "~/elsewhere")
    assert data_folder() == tmp_path / "elsewhere"


def test_without_one_the_cache_counts_once_it_holds_data(tmp_path):
    cache = tmp_path / "cache"
    assert cache_folder() == cache and data_folder() is None
    (cache / "MNIST").mkdir(parents=True)
    assert data_folder() is None
    (cache / "MNIST" / "images.gz").touch()
    assert data_folder() == cache


def test_where_downloads_are_kept(monkeypatch):
    monkeypatch.setenv("HOME", "/home/ada")
    monkeypatch.setenv("COURSE_CACHE", "~/kept")
    assert cache_folder() == Path("/home/ada/kept")
    monkeypatch.delenv("COURSE_CACHE")
    assert cache_folder() == Path("/home/ada/.cache/dgm-course-kit")
    monkeypatch.setenv("XDG_CACHE_HOME", "/var/cache/ada")
    assert cache_folder() == Path("/var/cache/ada/dgm-course-kit")
