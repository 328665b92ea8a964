"""JupyterLab with copies of the notebooks, and a headless Chromium, for the tests of one module."""

import json
import os
import secrets
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path

import pytest
from browser.chromium import ensure_chromium
from playwright.sync_api import expect, sync_playwright

import course

pytest.register_assert_rewrite("browser.keyboard")
ROOT = Path(__file__).resolve().parents[2]
# A browser that draws without a screen and asks nothing of the network on its own.
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@dataclass(frozen=True)
class Lab:
    """A running JupyterLab: its address, its token, the folder that it serves, and where it opens notebooks."""

    address: str
    token: str
    root: Path
    opener: str = "lab/tree"  # or "notebooks": Notebook 7, in the same server

    def notebook(self, path: str) -> str:
        """The address at which a notebook opens in a fresh workspace."""
        return f"{self.address}/{self.opener}/{path}?reset&token={self.token}"

    def request(self, path: str, method: str = "GET") -> bytes:
        """Ask the server's own interface."""
        request = urllib.request.Request(f"{self.address}/api/{path}?token={self.token}", method=method)
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.read()

    def kernels(self) -> list[dict]:
        """The kernels that run. The server stumbles (500) over one that ends while it lists them: it is asked again."""
        for _ in range(20):
            try:
                return json.loads(self.request("kernels"))
            except urllib.error.HTTPError as error:
                if error.code != 500:
                    raise
                time.sleep(0.5)
        return json.loads(self.request("kernels"))

    def stop_kernels(self) -> None:
        for kernel in self.kernels():
            self.request(f"kernels/{kernel['id']}", "DELETE")


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    folder = tmp_path_factory.mktemp("lab")
    root = folder / "root"
    shutil.copytree(ROOT / "notebooks", root / "notebooks", ignore=shutil.ignore_patterns("src"))
    course.write_lab_settings()  # the settings that `course.py lab` gives every reader
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    lab = Lab(f"http://127.0.0.1:{port}", secrets.token_hex(16), root)
    environment = {
        **os.environ,
        "JUPYTER_CONFIG_DIR": str(folder / "config"),
        "JUPYTERLAB_SETTINGS_DIR": str(folder / "settings"),
        "JUPYTERLAB_WORKSPACES_DIR": str(folder / "workspaces"),
        "LESSONS_LIB_PROGRESS": str(folder / "progress.json"),
    }
    options = {"port": port, "IdentityProvider.token": lab.token, "ServerApp.root_dir": root}
    command = [sys.executable, "-m", "jupyterlab", "--no-browser", "--ip=127.0.0.1", "--allow-root"]
    command += [f"--{name}={value}" for name, value in options.items()]
    with open(folder / "log", "w", encoding="utf-8") as log:
        server = subprocess.Popen(command, env=environment, stdout=log, stderr=subprocess.STDOUT)
    try:
        wait_until_it_answers(lab, server, folder / "log")
        yield lab
        lab.stop_kernels()
    finally:
        server.terminate()
        server.wait(30)


def wait_until_it_answers(lab: Lab, server: subprocess.Popen, log: Path) -> None:
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline and server.poll() is None:
        try:
            lab.request("status")
            return
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            time.sleep(0.2)
    raise RuntimeError(f"JupyterLab did not start:\n{log.read_text(encoding='utf-8')[-2000:]}")


@pytest.fixture(scope="module")
def page():
    # Of module scope: Playwright's event loop must not run beside those of other tests.
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=ensure_chromium(), headless=True, args=FLAGS)
        page = browser.new_page(viewport={"width": 1100, "height": 1000})
        page.set_default_timeout(60_000)
        expect.set_options(timeout=30_000)  # a busy machine may take its time
        yield page
        browser.close()
