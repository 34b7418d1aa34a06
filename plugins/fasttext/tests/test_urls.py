"""Vectors at an address: fetched once, held to their digest, opened like any file."""

from __future__ import annotations

import hashlib
import threading
import zipfile
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest
from embkit import InvalidData, InvalidRequest
from embkit.cache import cache_dir
from embkit.cli import cli
from embkit.embedding import load
from embkit.errors import Unreachable
from embkit.languages import default_language
from embkit.registry import registry

VEC = "2 3\nघर 1 2 3\nनदी 4 5 6\n".encode()


class Host:
    """A server of the files in a folder; asked: the path of each request."""

    def __init__(self, folder):
        self.folder, self.asked = folder, []
        host = self

        class Handler(SimpleHTTPRequestHandler):
            def do_GET(self):
                host.asked.append(self.path)
                super().do_GET()

            def log_message(self, *message):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, directory=folder))
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.02,))
        self.thread.start()

    def url(self, name):
        return f"http://127.0.0.1:{self.server.server_port}/{name}"

    def close(self):
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()


@pytest.fixture
def host(tmp_path, monkeypatch):
    monkeypatch.setenv("no_proxy", "*")
    monkeypatch.delenv("EMBKIT_OFFLINE", raising=False)
    (tmp_path / "served").mkdir()
    (tmp_path / "served/mr.vec").write_bytes(VEC)
    host = Host(tmp_path / "served")
    yield host
    host.close()


def opened(place, offline=False):
    spec = f"fasttext:{place}"
    return load(registry(), spec, default_language("mr"), offline=offline).embedder


def test_an_address_is_fetched_once_and_opened_like_a_file(host):
    for _ in range(2):
        assert opened(host.url("mr.vec")).embed(["घर", "घर नदी"]).tolist() == [
            [1, 2, 3],
            [2.5, 3.5, 4.5],
        ]
    assert host.asked == ["/mr.vec"]


def test_offline_an_address_is_opened_only_if_it_was_fetched(host):
    with pytest.raises(Unreachable, match=r"mr\.vec is not here and embkit is offline"):
        opened(host.url("mr.vec"), offline=True)
    assert host.asked == []
    opened(host.url("mr.vec"))
    assert opened(host.url("mr.vec"), offline=True).dim == 3


def test_an_address_is_fetched_ahead_of_time(host, capsys):
    cli.main(["fetch", "-p", f"fasttext:{host.url('mr.vec')}?pooling=sum"], standalone_mode=False)
    name, path = capsys.readouterr().out.split()
    assert (name, Path(path).read_bytes()) == ("mr.vec", VEC)
    assert opened(f"{host.url('mr.vec')}?pooling=sum", offline=True).dim == 3
    assert host.asked == ["/mr.vec"]


def test_an_address_is_converted_like_a_file(host, tmp_path):
    words = ["convert", host.url("mr.vec"), str(tmp_path / "mr.npy")]
    with pytest.raises(Unreachable, match="embkit is offline"):
        cli.main([*words, "--offline"], standalone_mode=False)
    cli.main(words, standalone_mode=False)
    assert np.load(tmp_path / "mr.npy").tolist() == [[1, 2, 3], [4, 5, 6]]


def test_a_file_is_held_to_the_digest_in_its_spec(host):
    digest = hashlib.sha256(VEC).hexdigest()
    assert opened(f"{host.url('mr.vec')}?sha256={digest}").dim == 3
    with pytest.raises(InvalidData, match=f"gave sha256 {digest} .* expected {'0' * 64}"):
        opened(f"{host.url('mr.vec')}?sha256={'0' * 64}")


def test_a_file_that_changed_since_it_was_pinned_is_refused(host):
    opened(host.url("mr.vec"))
    (pinned,) = (cache_dir() / "files").glob("*/mr.vec")
    pinned.unlink()
    (host.folder / "mr.vec").write_bytes(VEC.replace(b"6", b"7"))
    with pytest.raises(InvalidData, match="pinned when the file first came; if its publisher has"):
        opened(host.url("mr.vec"))


def test_an_address_may_have_a_query_and_odd_letters(host):
    (host.folder / "a b").mkdir()
    (host.folder / "a b/घर (1).vec").write_bytes(VEC)
    opened(host.url("a%20b/%E0%A4%98%E0%A4%B0%20(1).vec?download=1?pooling=sum"))
    assert host.asked == ["/a%20b/%E0%A4%98%E0%A4%B0%20(1).vec?download=1"]
    (kept,) = (cache_dir() / "files").glob("*/*.vec")
    assert kept.name == "घर-1-.vec"


def test_a_zipped_model_keeps_its_subwords(host, bin_file):
    path = bin_file(["घर", "नदी"])
    with zipfile.ZipFile(host.folder / "model.bin.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.write(path, "model.bin")
    texts = ["घर", "घरात"]
    vectors = opened(host.url("model.bin.zip")).embed(texts)
    assert np.isfinite(vectors).all()
    assert vectors.tolist() == opened(path).embed(texts).tolist()


def test_an_address_that_gives_no_vectors_is_named(host):
    with pytest.raises(Unreachable, match=r"missing\.vec answered 404"):
        opened(host.url("missing.vec"))
    page = "expected a header .* got b'<!DOCTYPE HTML>'; it came from "
    with pytest.raises(InvalidData, match=f"{page}{host.url('')}: delete the folder .* anew"):
        opened(host.url(""))


def test_what_is_not_the_fault_of_a_file_is_not_said_of_its_address(host):
    (host.folder / "large.vec").write_text("1 2\na 1 1e6\n")
    with pytest.raises(InvalidData, match=r"float16 ends at 65504; take dtype int8$"):
        opened(f"{host.url('large.vec')}?dtype=float16")


def test_other_schemes_and_unsafe_http_are_refused():
    with pytest.raises(Unreachable, match="only http and https are"):
        opened("ftp://example.org/mr.vec")
    with pytest.raises(Unreachable, match="over http only a file with a known digest is safe"):
        opened("http://example.org/mr.vec")


def test_a_path_is_held_to_a_digest_too(host):
    path = host.folder / "mr.vec"
    digest = hashlib.sha256(VEC).hexdigest()
    assert opened(f"{path}?sha256={digest.upper()}").dim == 3
    with pytest.raises(InvalidData, match=rf"mr\.vec: has sha256 {digest}, expected 0000"):
        opened(f"{path}?sha256={'0' * 64}")
    with pytest.raises(InvalidRequest, match="is no file that could have a digest"):
        opened(f"{host.folder}?sha256={digest}")
    with pytest.raises(InvalidRequest, match="sha256 is 64 hexadecimal digits; got 'abc'"):
        opened(f"{path}?sha256=abc")
