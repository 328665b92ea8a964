"""Tests never touch the progress of whoever runs them."""

import pytest


@pytest.fixture(autouse=True)
def progress_file(tmp_path, monkeypatch):
    file = tmp_path / "progress.json"
    monkeypatch.setenv("LESSONS_LIB_PROGRESS", str(file))
    return file
