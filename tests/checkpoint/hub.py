"""A Hub of our own on this machine, from which `huggingface_hub` downloads into a cache as from the real one."""

import hashlib
import json
import os
import subprocess
import sys
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from urllib.parse import urlsplit

REPO, COMMIT = "owner/tiny-model", "5d2f" * 10

DOWNLOAD = """
import json, sys
from huggingface_hub import snapshot_download
print(snapshot_download(**json.loads(sys.argv[1])))
"""
# What huggingface_hub does with a file that it has fetched by Xet: other repositories of the cache may share it.
SHARE = """
import sys
from pathlib import Path
from huggingface_hub.utils import _shared_blobs
cache, blob = map(Path, sys.argv[1:])
assert _shared_blobs.publish_blob_to_shared_store(
    blob_path=str(blob), xet_hash="ab" * 32, cache_dir=cache, expected_size=blob.stat().st_size
)
assert blob.is_symlink()
"""


@contextmanager
def hub(files: dict[str, bytes]):
    """Serve a repository with these files; yields the address."""

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *args):
            pass

        def do_HEAD(self):
            self.answer(body=False)

        def do_GET(self):
            self.answer(body=True)

        def answer(self, body):
            path = urlsplit(self.path).path
            if path.startswith(f"/api/models/{REPO}/revision/") or path == f"/api/models/{REPO}":
                siblings = [{"rfilename": name} for name in files]
                return self.send({"id": REPO, "sha": COMMIT, "siblings": siblings}, body)
            if path.startswith(f"/api/models/{REPO}/tree/"):
                return self.send([entry(name, content) for name, content in files.items()], body)
            name = path.removeprefix(f"/{REPO}/resolve/{COMMIT}/").removeprefix(f"/{REPO}/resolve/main/")
            if name not in files:
                return self.send_error(404)
            self.send(files[name], body, {"X-Repo-Commit": COMMIT, "ETag": f'"{digest(files[name])}"'})

        def send(self, content, body, headers=()):
            content = content if isinstance(content, bytes) else json.dumps(content).encode()
            self.send_response(200)
            for name, value in {"Content-Length": str(len(content)), **dict(headers)}.items():
                self.send_header(name, value)
            self.end_headers()
            if body:
                self.wfile.write(content)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()


def entry(name: str, content: bytes) -> dict:
    """A file in the listing of a repository: small ones by git's hash, weights by that of their content."""
    large = {"lfs": {"oid": digest(content), "size": len(content), "pointerSize": 130}}
    kind = large if name.endswith(".safetensors") else {}
    return {"type": "file", "path": name, "size": len(content), "oid": digest(content)[:40]} | kind


def digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def in_python(code: str, *arguments: str, **variables: str) -> str:
    """Run code in a process of its own, for `huggingface_hub` reads its variables once."""
    environment = os.environ | {"HF_HUB_OFFLINE": "0", "HF_HUB_DISABLE_PROGRESS_BARS": "1"} | variables
    command = [sys.executable, "-c", code, *arguments]
    return subprocess.run(command, env=environment, stdout=subprocess.PIPE, text=True, check=True).stdout.strip()


def download(address: str, cache, variables=(), **options) -> str:
    """Let `huggingface_hub` download the repository into a cache; returns the folder."""
    settings = {"repo_id": REPO, "cache_dir": str(cache), "endpoint": address} | options
    places = {"HF_ENDPOINT": address, "HF_HOME": str(cache.parent / "home")}
    return in_python(DOWNLOAD, json.dumps(settings), **places, **dict(variables))
