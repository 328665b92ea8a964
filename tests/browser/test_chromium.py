"""Finding and installing Chromium, with every command faked: nothing is installed here."""

import subprocess
import sys

import pytest
from browser import chromium

APT = ["apt-get", "install", "-y", "--no-install-recommends", "chromium"]
PLAYWRIGHT = [sys.executable, "-m", "playwright", "install", "chromium"]


class Machine:
    """A machine without a browser, on which some commands work."""

    def __init__(self, monkeypatch, debian=True, root=True, installable=()):
        self.ran = []
        self.installed = False
        self.installable = installable
        monkeypatch.setattr(chromium, "find_chromium", lambda: "/usr/bin/chromium" if self.installed else None)
        monkeypatch.setattr(chromium, "_is_debian", lambda: debian)
        monkeypatch.setattr(chromium, "_become_root", lambda: [] if root else None)
        monkeypatch.setattr(subprocess, "run", self.run)

    def run(self, command, **_):
        self.ran.append(command)
        works = command in self.installable
        self.installed = self.installed or works
        return subprocess.CompletedProcess(command, 0 if works else 1)


def test_an_installed_browser_is_taken(monkeypatch, tmp_path):
    program = tmp_path / "chromium"
    monkeypatch.setattr(chromium.shutil, "which", lambda name: str(program) if name == "google-chrome" else None)
    assert chromium.ensure_chromium() == str(program)


def test_debian_installs_its_package(monkeypatch):
    machine = Machine(monkeypatch, installable=[APT])
    assert chromium.ensure_chromium() == "/usr/bin/chromium"
    assert machine.ran == [["apt-get", "update"], APT]


@pytest.mark.parametrize("limits", [{"debian": False}, {"root": False}])
def test_elsewhere_playwright_installs_its_own(monkeypatch, limits):
    machine = Machine(monkeypatch, installable=[PLAYWRIGHT], **limits)
    assert chromium.ensure_chromium() == "/usr/bin/chromium"
    assert machine.ran == [PLAYWRIGHT]


def test_playwright_is_tried_where_the_package_fails(monkeypatch):
    machine = Machine(monkeypatch, installable=[PLAYWRIGHT])
    assert chromium.ensure_chromium() == "/usr/bin/chromium"
    assert machine.ran == [["apt-get", "update"], APT, PLAYWRIGHT]


def test_without_any_way_one_clear_line_says_so(monkeypatch):
    Machine(monkeypatch)
    with pytest.raises(RuntimeError, match="the browser tests need Chromium and it could not be installed") as raised:
        chromium.ensure_chromium()
    assert "\n" not in str(raised.value)


def test_a_browser_of_playwright_is_found(monkeypatch, tmp_path):
    program = tmp_path / "chrome"
    program.touch()
    monkeypatch.setattr(chromium.shutil, "which", lambda name: None)
    monkeypatch.setattr(chromium, "PLACES", ())
    answer = subprocess.CompletedProcess([], 0, stdout=f"{program}\n")
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: answer)
    assert chromium.find_chromium() == str(program)
    program.unlink()
    assert chromium.find_chromium() is None
