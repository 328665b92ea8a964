"""Finds a Chromium for the browser tests, or installs one. Standard library only."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

COMMANDS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "msedge")
PLACES = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    r"C:\Program Files\Google\Chrome\Application\chrome.exe",
    r"C:\Program Files (x86)\Microsoft\Edge\Application\msedge.exe",
)
ASK_PLAYWRIGHT = (
    "from playwright.sync_api import sync_playwright\n"
    "with sync_playwright() as playwright: print(playwright.chromium.executable_path)"
)


def ensure_chromium() -> str:
    """The path of a Chromium; one is installed if there is none.

    Debian's package is used where this user may install it, otherwise Playwright's own browser.

    Raises:
        RuntimeError: If there is none and none can be installed.
    """
    if found := find_chromium():
        return found
    for command in _ways_to_install():
        print("installing Chromium:", *command, flush=True)
        if subprocess.run(command, check=False).returncode == 0 and (found := find_chromium()):
            return found
    raise RuntimeError(
        "the browser tests need Chromium and it could not be installed; install Chromium, Chrome or Edge and run again"
    )


def find_chromium() -> str | None:
    """The path of a Chromium, Chrome or Edge on this machine, or None."""
    for command in COMMANDS:
        if found := shutil.which(command):
            return found
    for place in PLACES:
        if Path(place).is_file():
            return place
    asked = subprocess.run([sys.executable, "-c", ASK_PLAYWRIGHT], capture_output=True, text=True, check=False)
    place = asked.stdout.strip()
    return place if place and Path(place).is_file() else None


def _ways_to_install() -> Iterator[list[str]]:
    if _is_debian() and (become_root := _become_root()) is not None:
        # One shell command would do; two lists need no shell.
        subprocess.run([*become_root, "apt-get", "update"], check=False)
        yield [*become_root, "apt-get", "install", "-y", "--no-install-recommends", "chromium"]
    yield [sys.executable, "-m", "playwright", "install", "chromium"]


def _is_debian() -> bool:
    # Not Ubuntu, whose package of that name is a stub for another package manager.
    try:
        return "ID=debian" in Path("/etc/os-release").read_text(encoding="utf-8").splitlines()
    except OSError:
        return False


def _become_root() -> list[str] | None:
    """What stands before a command to run it as root without a question, or None."""
    if os.geteuid() == 0:
        return []
    may = shutil.which("sudo") and subprocess.run(["sudo", "-n", "true"], capture_output=True, check=False)
    return ["sudo", "-n"] if may and may.returncode == 0 else None
