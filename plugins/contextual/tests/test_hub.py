"""Models of the hub, from a small server on this machine that speaks its language."""

from __future__ import annotations

import hashlib
import http.server
import json
import threading

import numpy as np
import pytest
from embkit import InvalidRequest, NotFound
from embkit.errors import Unreachable
from embkit_contextual import open_encoder
from embkit_contextual.hub import folder_of

from .test_texts import vectors

COMMIT = "0123456789abcdef0123456789abcdef01234567"


@pytest.fixture
def hub(model, monkeypatch, tmp_path):
    """The small model as someone/tiny; the paths that were asked for."""
    from huggingface_hub import constants

    folder = model()
    (folder / "pytorch_model.bin").write_bytes(b"never fetched")
    (folder / "code.py").write_text("raise SystemExit")
    (folder / "onnx").mkdir()
    (folder / "onnx/model.json").write_text("{}")
    files = {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }
    asked: list[str] = []

    class Hub(http.server.BaseHTTPRequestHandler):
        def do_HEAD(self):
            self.answer(send=False)

        def do_GET(self):
            self.answer(send=True)

        def answer(self, *, send):
            path = self.path.partition("?")[0]
            asked.append(path)
            headers = {}
            name = path.partition(f"/resolve/{COMMIT}/")[2]
            if "someone/tiny" not in path or "/revision/other" in path:
                missing = "RevisionNotFound" if "someone/tiny" in path else "RepoNotFound"
                return self.say(404, b"{}", {"X-Error-Code": missing}, send)
            if path.startswith("/api/models/") and "/tree/" in path:
                content = json.dumps(
                    [
                        {"type": "file", "path": file, "size": len(data), "oid": "0" * 40}
                        for file, data in files.items()
                    ]
                ).encode()
            elif path.startswith("/api/models/"):
                listed = [{"rfilename": file} for file in files]
                content = json.dumps(
                    {"id": "someone/tiny", "sha": COMMIT, "siblings": listed, "private": False,
                     "downloads": 0, "likes": 0, "tags": []}
                ).encode()  # fmt: skip
            else:
                content = files[name]
                digest = hashlib.sha1(content).hexdigest()
                headers = {"ETag": f'"{digest}"', "X-Repo-Commit": COMMIT}
            self.say(200, content, headers, send)

        def say(self, status, content, headers, send):
            self.send_response(status)
            self.send_header("Content-Length", str(len(content)))
            for header, value in headers.items():
                self.send_header(header, value)
            self.end_headers()
            if send:
                self.wfile.write(content)

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Hub)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    address = f"http://127.0.0.1:{server.server_port}"
    monkeypatch.setattr(constants, "ENDPOINT", address)
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "hub"))
    monkeypatch.setattr(
        constants,
        "HUGGINGFACE_CO_URL_TEMPLATE",
        address + "/{repo_id}/resolve/{revision}/{filename}",
    )
    monkeypatch.delenv("EMBKIT_OFFLINE")
    yield asked
    server.shutdown()
    server.server_close()


def test_a_model_is_fetched_once_and_opened_offline_ever_after(hub, asked, model, monkeypatch):
    rows = vectors(open_encoder("someone/tiny", asked()))
    fetched = {path.rpartition(f"{COMMIT}/")[2] for path in hub if COMMIT + "/" in path}
    assert "model.safetensors" in fetched and "tokenizer.json" in fetched
    assert not fetched & {"pytorch_model.bin", "code.py", "onnx/model.json"}
    hub.clear()
    monkeypatch.setenv("EMBKIT_OFFLINE", "1")
    assert np.array_equal(vectors(open_encoder("someone/tiny", asked())), rows)
    assert not hub
    assert np.array_equal(vectors(open_encoder(str(model()), asked())), rows)


def test_offline_without_a_copy_says_what_to_do(hub, asked, monkeypatch):
    monkeypatch.setenv("EMBKIT_OFFLINE", "1")
    with pytest.raises(Unreachable, match="embkit is offline; run 'hf download someone/tiny'"):
        open_encoder("someone/tiny", asked())
    assert not hub


def test_what_the_hub_does_not_have_is_named(hub, asked):
    with pytest.raises(NotFound, match="the hub has no model 'someone/huge'"):
        open_encoder("someone/huge", asked())
    with pytest.raises(NotFound, match="'someone/tiny' has no revision 'other'"):
        open_encoder("someone/tiny", asked(revision="other"))


def test_a_hub_that_does_not_answer_is_said(asked, monkeypatch, tmp_path):
    from huggingface_hub import constants

    monkeypatch.setattr(constants, "ENDPOINT", "http://127.0.0.1:9")
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "hub"))
    monkeypatch.delenv("EMBKIT_OFFLINE")
    with pytest.raises(Unreachable, match="not here and the hub did not answer"):
        open_encoder("someone/tiny", asked())


def test_what_is_no_name_is_refused(model):
    options = {"offline": True, "progress": False}
    with pytest.raises(InvalidRequest, match="'models/ab/c' is neither a folder nor the id"):
        folder_of("models/ab/c", revision="", **options)
    with pytest.raises(InvalidRequest, match="is a folder and has no 'revision'"):
        folder_of(str(model()), revision="main", **options)
