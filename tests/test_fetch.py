"""Fetching from a host that misbehaves: what becomes visible is whole and right, or nothing is."""

from __future__ import annotations

import errno
import hashlib
import http.client
import io
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from embkit import fetching
from embkit.cache import cache_dir
from embkit.errors import InvalidData, InvalidRequest, PluginError, StorageError, Unreachable
from embkit.fetching import cached, fetch, fetch_from
from embkit.records import File

CORE = Path(fetching.__file__).parents[1]
BODY = bytes(range(256)) * 4096  # 1 MiB
HALF = len(BODY) // 2
SPOILT = BODY[:-1] + b"!"
GOOD = hashlib.sha256(BODY).hexdigest()


class Host:
    """A server on this machine. `script` holds what to do with each next request; then `serve`.

    asked: the headers of each request. sent: bytes of bodies.
    """

    def __init__(self):
        self.body, self.etag = BODY, '"v1"'
        self.script, self.asked, self.sent = [], [], []
        self.hold = threading.Event()
        host = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                host.asked.append(self.headers)
                action = host.script.pop(0) if host.script else serve
                action(host, self)

            def log_message(self, *message):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.handle_error = lambda *error: None  # a client that hangs up is no news
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.02,))
        self.thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_port}/words.vec"

    def send(self, handler, data: bytes) -> None:
        handler.wfile.write(data)
        handler.wfile.flush()
        self.sent.append(len(data))

    def close(self) -> None:
        self.hold.set()
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()


def head(handler, status=200, **headers):
    handler.send_response(status)
    for name, value in headers.items():
        handler.send_header(name.replace("_", "-"), str(value))
    handler.end_headers()


def requested_start(host, handler) -> int:
    match = re.fullmatch(r"bytes=(\d+)-", handler.headers.get("Range", ""))
    fresh = handler.headers.get("If-Range", host.etag) == host.etag
    return int(match[1]) if match and fresh else 0


def serve(host, handler, *, stop=None):
    """What a good host does; `stop`: hang up before this byte of the file."""
    start, size = requested_start(host, handler), len(host.body)
    headers = {"ETag": host.etag} if host.etag else {}
    if start >= size > 0:
        head(handler, 416, Content_Range=f"bytes */{size}", Content_Length=0)
        return
    if start:
        headers["Content-Range"] = f"bytes {start}-{size - 1}/{size}"
    head(handler, 206 if start else 200, Content_Length=size - start, **headers)
    host.send(handler, host.body[start:stop])
    handler.close_connection = True


def cut(host, handler):
    serve(host, handler, stop=HALF)


def pause_halfway(host, handler):
    head(handler, Content_Length=len(host.body), ETag=host.etag)
    host.send(handler, host.body[:HALF])
    host.hold.wait(20)
    host.send(handler, host.body[HALF:])


def answer(status, body=b"", **headers):
    def action(host, handler):
        head(handler, status, Content_Length=len(body), **headers)
        host.send(handler, body)

    return action


def redirect(to):
    return answer(302, Location=to)


@pytest.fixture(autouse=True)
def every_host_is_unknown_and_tries_are_quick(monkeypatch, tmp_path):
    monkeypatch.setenv("EMBKIT_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("no_proxy", "*")
    for name in ("EMBKIT_OFFLINE", "EMBKIT_TIMEOUT"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(fetching, "_silent", {})
    monkeypatch.setattr(fetching, "_PAUSE", 0.01)


@pytest.fixture
def host():
    host = Host()
    yield host
    host.close()


@pytest.fixture
def mirror():
    host = Host()
    yield host
    host.close()


def known(*hosts, **changes) -> File:
    urls = tuple(host.url for host in hosts)
    return File(
        **{"name": "words.vec", "urls": urls, "sha256": GOOD, "bytes": len(BODY), **changes}
    )


def unknown(*hosts, **changes) -> File:
    return known(*hosts, **{"sha256": "", "bytes": 0, **changes})


def leave_part(file: File, content: bytes, origin: str = "") -> Path:
    """What an earlier download left behind."""
    folder = fetching._place(file).parent
    folder.mkdir(parents=True, exist_ok=True)
    folder.joinpath("words.vec.part").write_bytes(content)
    if origin:
        folder.joinpath("words.vec.origin").write_text(origin)
    return folder


def left_of(file: File) -> list[str]:
    return sorted(path.name for path in fetching._place(file).parent.iterdir())


def one_line(caught) -> str:
    assert "\n" not in str(caught.value)
    return str(caught.value)


def child(file: File, code: str = "print(fetch(file))", **environment) -> subprocess.Popen:
    program = (
        "from embkit.records import File; from embkit.fetching import fetch\n"
        f"file = {file!r}\nprint('ready', flush=True)\n{code}"
    )
    return subprocess.Popen(
        [sys.executable, "-W", "error", "-c", program],
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(CORE), **environment},
    )


def wait_until(condition) -> None:
    until = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < until, "waited ten seconds in vain"
        time.sleep(0.01)


# --- what arrives ---------------------------------------------------------------------------------


def test_a_file_is_fetched_once_and_then_found(host):
    file = known(host)
    assert cached(file) is None
    path = fetch(file)
    assert path.read_bytes() == BODY
    assert path == cache_dir() / "files" / GOOD / "words.vec"
    assert fetch(file) == cached(file) == path
    assert len(host.asked) == 1
    assert left_of(file) == [".lock", "words.vec"]


def test_the_host_is_asked_for_the_file_as_it_is(host):
    fetch(known(host))
    assert host.asked[0]["Accept-Encoding"] == "identity"


def test_a_body_that_is_called_compressed_is_kept_as_it_came(host):
    host.script = [answer(200, BODY, Content_Encoding="gzip")]
    assert fetch(known(host)).read_bytes() == BODY


def test_a_digest_in_capitals_is_the_same_digest(host):
    assert fetch(known(host, sha256=GOOD.upper())) == cached(known(host))


def test_an_address_in_another_script_is_asked(host):
    assert fetch(known(urls=(f"{host.url}/शब्द संच.vec",), name="शब्द.vec")).name == "शब्द.vec"


def test_a_body_without_a_length_is_read_to_its_end(host):
    def no_length(host, handler):
        head(handler, Connection="close")
        host.send(handler, BODY)
        handler.close_connection = True

    host.script = [no_length]
    assert fetch(known(host)).read_bytes() == BODY


def test_a_chunked_body_is_put_together(host):
    def chunked(host, handler):
        head(handler, Transfer_Encoding="chunked")
        for start in range(0, len(BODY), 1 << 18):
            host.send(handler, b"40000\r\n" + BODY[start : start + (1 << 18)] + b"\r\n")
        host.send(handler, b"0\r\n\r\n")

    host.script = [chunked]
    assert fetch(unknown(host)).read_bytes() == BODY


def test_importing_fetch_imports_no_network_code():
    code = (
        "import embkit.fetching, sys; print({'ssl', 'rich', 'urllib.request'} & set(sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONPATH": str(CORE)}, capture_output=True, check=True,
    )  # fmt: skip
    assert done.stdout == b"set()\n"


# --- going on after a cut -------------------------------------------------------------------------


def test_a_cut_download_goes_on_where_it_stopped(host):
    host.script = [cut]
    assert fetch(known(host)).read_bytes() == BODY
    assert [asked["Range"] for asked in host.asked] == [None, f"bytes={HALF}-"]
    assert host.asked[1]["If-Range"] == '"v1"'
    assert host.sent == [HALF, HALF]


def test_a_cut_of_a_body_without_a_length_is_noticed_by_the_size(host):
    def no_length(host, handler):
        head(handler, Connection="close", ETag=host.etag)
        host.send(handler, BODY[:HALF])
        handler.close_connection = True

    host.script = [no_length]
    assert fetch(known(host)).read_bytes() == BODY
    assert host.sent == [HALF, HALF]


def test_a_download_that_was_killed_is_resumed(host):
    file = known(host)
    host.script = [pause_halfway]
    part = fetching._place(file).with_name("words.vec.part")
    with child(file) as process:
        wait_until(lambda: part.exists() and part.stat().st_size == HALF)
        process.send_signal(signal.SIGKILL)
    assert cached(file) is None
    host.script = []
    assert fetch(file).read_bytes() == BODY
    assert host.asked[-1]["Range"] == f"bytes={HALF}-"


def test_an_interrupted_download_is_kept_for_the_next_time(host, monkeypatch):
    def interrupt(response, url):
        raise KeyboardInterrupt

    file = known(host)
    leave_part(file, BODY[:HALF])
    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(fetching, "_read", interrupt)
        fetch(file)
    assert fetch(file).read_bytes() == BODY
    assert host.asked[-1]["Range"] == f"bytes={HALF}-"


def test_a_host_that_sends_everything_again_is_accepted(host):
    leave_part(known(host), BODY[:HALF])
    host.script = [answer(200, BODY)]
    assert fetch(known(host)).read_bytes() == BODY


@pytest.mark.parametrize("extent", [f"bytes 7-{len(BODY) - 1}/{len(BODY)}", "bytes */5", "rubbish"])
def test_another_range_than_the_one_asked_for_is_not_used(extent, host):
    leave_part(known(host), BODY[:HALF])
    host.script = [answer(206, BODY[7:], Content_Range=extent)]
    assert fetch(known(host)).read_bytes() == BODY
    assert [asked["Range"] for asked in host.asked] == [f"bytes={HALF}-", None]


def test_a_range_cut_shorter_by_the_host_is_asked_on(host):
    extent = f"bytes {HALF}-{HALF + 9}/{len(BODY)}"
    leave_part(known(host), BODY[:HALF])
    host.script = [answer(206, BODY[HALF : HALF + 10], Content_Range=extent)]
    assert fetch(known(host)).read_bytes() == BODY
    assert host.asked[1]["Range"] == f"bytes={HALF + 10}-"


def test_a_part_that_was_whole_already_needs_no_byte_more(host):
    leave_part(known(host), BODY)
    assert fetch(known(host)).read_bytes() == BODY
    assert host.sent == []


def test_a_part_longer_than_the_file_is_begun_again(host):
    leave_part(known(host), BODY + b"more")
    assert fetch(known(host)).read_bytes() == BODY
    assert [asked["Range"] for asked in host.asked] == [f"bytes={len(BODY) + 4}-", None]


def test_a_range_refused_where_none_was_asked_for_ends_in_an_error(host):
    host.script = [answer(416, Content_Range="bytes */0")] * 3
    with pytest.raises(Unreachable, match="has no bytes from 0 on"):
        fetch(known(host))


def test_a_spoilt_part_costs_one_more_download_and_not_the_file(host):
    leave_part(known(host), SPOILT[1 : HALF + 1])
    assert fetch(known(host)).read_bytes() == BODY
    assert [asked["Range"] for asked in host.asked] == [f"bytes={HALF}-", None]


def test_a_part_of_an_older_version_is_not_continued(host):
    file = unknown(host)
    leave_part(file, b"old" * 1000, f'{host.url}\n"v0"')
    assert fetch(file).read_bytes() == BODY
    assert host.asked[0]["If-Range"] == '"v0"'


def test_halves_that_nothing_ties_together_are_not_pinned_as_one_file(host):
    host.etag = ""
    host.script = [cut]
    assert fetch(unknown(host)).read_bytes() == BODY
    assert [asked["Range"] for asked in host.asked] == [None, None]


def test_another_mirror_goes_on_with_the_same_part_when_the_digest_is_known(host, mirror):
    host.script = [cut, answer(404)]
    assert fetch(known(host, mirror)).read_bytes() == BODY
    assert mirror.asked[0]["Range"] == f"bytes={HALF}-"
    assert mirror.asked[0]["If-Range"] is None


# --- wrong content --------------------------------------------------------------------------------


def test_wrong_bytes_lead_to_the_next_mirror(host, mirror):
    host.body = SPOILT
    assert fetch(known(host, mirror)).read_bytes() == BODY
    assert len(host.asked) == 1


def test_wrong_bytes_everywhere_make_nothing_visible_and_name_both_digests(host, mirror):
    host.body = mirror.body = SPOILT
    file = known(host, mirror)
    with pytest.raises(InvalidData) as caught:
        fetch(file)
    message = one_line(caught)
    for part in ("words.vec", GOOD, hashlib.sha256(SPOILT).hexdigest(), "embkit fetch --from DIR"):
        assert part in message
    assert cached(file) is None
    assert not [name for name in left_of(file) if name.startswith("words.vec.part")]


def test_wrong_bytes_here_and_silence_there_is_wrong_data(host, mirror):
    host.body = SPOILT
    mirror.close()
    with pytest.raises(InvalidData, match="did not answer"):
        fetch(known(host, mirror))


def test_a_body_announced_larger_than_promised_is_not_read(host):
    host.body = BODY * 2
    with pytest.raises(InvalidData, match=f"gives {2 * len(BODY)} bytes, at most {len(BODY)}"):
        fetch(known(host))
    assert cached(known(host)) is None


def test_a_body_without_end_is_read_no_further_than_promised(host):
    def endless(host, handler):
        head(handler, Connection="close")
        while True:
            host.send(handler, BODY)

    host.script = [endless]
    with pytest.raises(InvalidData, match="more than the 1048576 bytes"):
        fetch(known(host))
    assert "words.vec.part" not in left_of(known(host))


def test_a_size_without_a_digest_is_a_rounded_one(host):
    assert fetch(unknown(host, bytes=1_000_000)).read_bytes() == BODY


def test_much_more_than_a_rounded_size_is_refused(host):
    with pytest.raises(InvalidData, match="at most 110000 "):
        fetch(unknown(host, bytes=100_000))


# --- digests that are learnt ----------------------------------------------------------------------


def test_the_first_digest_is_pinned_and_a_changed_file_refused(host):
    file = unknown(host)
    path = fetch(file)
    assert path.with_name("pin").read_text() == f"{GOOD} {len(BODY)}\n"
    path.unlink()
    host.body, host.etag = SPOILT, '"v2"'
    with pytest.raises(InvalidData) as caught:
        fetch(file)
    message = one_line(caught)
    assert f"expected {GOOD}" in message
    assert "pinned when the file first came" in message
    assert str(path.parent) in message  # what to delete when the change is meant
    host.body = BODY
    assert fetch(file) == path


def test_a_pinned_file_that_was_cut_on_disk_is_fetched_again(host):
    file = unknown(host)
    fetch(file).write_bytes(b"short")
    assert cached(file) is None
    assert fetch(file).read_bytes() == BODY


def test_a_damaged_pin_is_an_error_and_not_a_new_pin(host):
    file = unknown(host)
    path = fetch(file)
    path.with_name("pin").write_bytes(b"\xff")
    leave_part(file, BODY[:HALF])
    with pytest.raises(InvalidData, match="delete it to pin anew"):
        fetch(file)


def test_without_digest_and_length_a_cut_could_not_be_told_so_nothing_is_pinned(host):
    def no_length(host, handler):
        head(handler, Connection="close")
        host.send(handler, BODY[:HALF])
        handler.close_connection = True

    host.script = [no_length]
    with pytest.raises(Unreachable, match="gives no length"):
        fetch(unknown(host))


# --- hosts that do not answer ---------------------------------------------------------------------


def test_a_busy_host_is_asked_again_after_the_time_it_names(host, monkeypatch):
    pauses = []
    monkeypatch.setattr(time, "sleep", pauses.append)
    host.script = [answer(503, Retry_After="2"), answer(429, Retry_After="3600")]
    assert fetch(known(host)).read_bytes() == BODY
    assert pauses == [2.0, 10.0]


@pytest.mark.parametrize("wait", ["soon", "-1", "²", "Wed, 21 Oct 2026 07:28:00 GMT"])
def test_a_wait_that_is_no_number_is_the_usual_pause(wait, host):
    host.script = [answer(503, Retry_After=wait)]
    assert fetch(known(host)).read_bytes() == BODY


def test_an_address_is_tried_three_times_and_no_more(host):
    host.script = [answer(500)] * 9
    with pytest.raises(Unreachable, match="answered 500 Internal Server Error"):
        fetch(known(host))
    assert len(host.asked) == 3


def test_a_file_that_is_not_there_is_asked_for_once(host):
    host.script = [answer(404)] * 9
    with pytest.raises(Unreachable, match=r"answered 404 .*embkit fetch --from DIR"):
        fetch(known(host))
    assert len(host.asked) == 1


@pytest.mark.parametrize("status", [202, 204])
def test_an_answer_without_a_file_is_not_pinned(status, host):
    host.script = [answer(status)]
    with pytest.raises(Unreachable, match=f"answered {status}"):
        fetch(unknown(host))


def test_a_host_that_refuses_is_asked_once_a_process(host, monkeypatch):
    connections = []
    connect = socket.create_connection
    monkeypatch.setattr(
        socket, "create_connection", lambda *a, **b: connections.append(a) or connect(*a, **b)
    )
    host.close()
    for name in ("words.vec", "more.vec"):
        with pytest.raises(Unreachable, match="did not answer") as caught:
            fetch(known(host, name=name))
        one_line(caught)
    assert len(connections) == 1


def test_a_host_without_an_address_is_passed_over_for_a_mirror(host, monkeypatch):
    def no_such_name(*address, **settings):
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    looked_up = socket.getaddrinfo
    monkeypatch.setattr(
        socket, "getaddrinfo",
        lambda name, *rest, **b: (no_such_name if name == "nowhere.invalid" else looked_up)(
            name, *rest, **b
        ),
    )  # fmt: skip
    file = known(urls=("https://nowhere.invalid/words.vec", host.url))
    assert fetch(file).read_bytes() == BODY
    assert "Name or service not known" in fetching._silent["nowhere.invalid"]


def test_a_host_that_accepts_and_says_nothing_is_given_up_after_the_time_out(host, monkeypatch):
    monkeypatch.setenv("EMBKIT_TIMEOUT", "0.2")
    host.script = [lambda host, handler: host.hold.wait(20)] * 3
    begun = time.monotonic()
    with pytest.raises(Unreachable, match=r"did not answer \(timed out\)"):
        fetch(known(host))
    assert time.monotonic() - begun < 2
    assert len(host.asked) == 1


def test_a_host_that_stops_halfway_is_asked_for_the_rest(host, monkeypatch):
    monkeypatch.setenv("EMBKIT_TIMEOUT", "0.2")
    host.script = [pause_halfway]
    assert fetch(known(host)).read_bytes() == BODY
    assert host.asked[1]["Range"] == f"bytes={HALF}-"


def test_a_host_that_hangs_up_is_asked_again(host):
    def hang_up(host, handler):
        handler.close_connection = True

    host.script = [hang_up, hang_up]
    assert fetch(known(host)).read_bytes() == BODY


def test_a_time_out_that_is_no_number_is_named(host, monkeypatch):
    monkeypatch.setenv("EMBKIT_TIMEOUT", "soon")
    with pytest.raises(InvalidRequest, match="EMBKIT_TIMEOUT is 'soon'"):
        fetch(known(host))


# --- where addresses lead -------------------------------------------------------------------------


def test_a_redirect_is_followed(host, mirror):
    host.script = [redirect(mirror.url)]
    assert fetch(known(host)).read_bytes() == BODY


def test_redirects_in_a_circle_end_in_one_line(host):
    host.script = [redirect(host.url)] * 99
    with pytest.raises(Unreachable, match="infinite loop") as caught:
        fetch(known(host))
    one_line(caught)


def test_a_redirect_to_a_silent_host_does_not_blame_the_host_that_answered(host, mirror):
    mirror.close()
    host.script = [redirect(mirror.url), redirect(mirror.url), serve]
    file = known(urls=(host.url, host.url, host.url))
    assert fetch(file).read_bytes() == BODY
    assert list(fetching._silent) == [f"127.0.0.1:{mirror.server.server_port}"]


def test_a_redirect_from_https_to_http_is_refused(host, mirror, monkeypatch):
    class Unencrypted(http.client.HTTPConnection):
        """Speaks plain http under an https address, for want of a certificate."""

        def __init__(self, *address, context=None, check_hostname=None, **settings):
            super().__init__(*address, **settings)

    monkeypatch.setattr(http.client, "HTTPSConnection", Unencrypted)
    host.script = [redirect(mirror.url)]
    secure = host.url.replace("http:", "https:")
    with pytest.raises(Unreachable, match="from https to http"):
        fetch(known(urls=(secure,)))
    assert mirror.asked == []
    assert fetch(known(urls=(secure,))).read_bytes() == BODY


@pytest.mark.parametrize("target", ["ftp://127.0.0.1/words.vec", "http://[", "file:///etc/hosts"])
def test_a_redirect_out_of_the_web_is_refused(target, host):
    host.script = [redirect(target)] * 9
    with pytest.raises(Unreachable):
        fetch(known(host))
    assert len(host.asked) == 1


@pytest.mark.parametrize("url", ["http://[", "", "words.vec", "http://127.0.0.1:x/", "http://\n/"])
def test_what_is_no_address_is_not_asked(url):
    with pytest.raises(Unreachable):
        fetch(known(urls=(url,)))


@pytest.mark.parametrize(
    ("url", "before", "verified", "refused"),
    [
        ("https://host/f", "", False, ""),
        ("https://host/f", "http://host/f", True, ""),
        ("http://host/f", "", True, ""),
        ("http://host/f", "", False, "only a file with a known digest"),
        ("http://127.0.0.1:8/f", "", False, ""),
        ("http://localhost/f", "", False, ""),
        ("http://[::1]:8/f", "", False, ""),
        ("http://127.0.0.1.host/f", "", False, "only a file with a known digest"),
        ("http://host/f", "https://host/f", True, "from https to http"),
        ("http://127.0.0.1/f", "https://host/f", True, "from https to http"),
        ("ftp://host/f", "", True, "only http and https"),
        ("file:///etc/hosts", "", True, "only http and https"),
        ("data:,words", "", True, "only http and https"),
    ],
)
def test_which_addresses_are_asked(url, before, verified, refused):
    refusal = fetching._refusal(url, verified=verified, before=before)
    assert refused in refusal
    assert bool(refused) == bool(refusal)


# --- offline --------------------------------------------------------------------------------------


@pytest.mark.parametrize(("argument", "environment"), [(True, ""), (None, "1"), (False, "1")])
def test_offline_opens_no_socket_and_says_what_to_do(argument, environment, monkeypatch):
    def refuse(*arguments, **settings):
        raise AssertionError("a socket was opened")

    monkeypatch.setenv("EMBKIT_OFFLINE", environment)
    for name in ("socket", "create_connection", "getaddrinfo"):
        monkeypatch.setattr(socket, name, refuse)
    file = known(urls=("https://host.invalid/words.vec",), bytes=7_590_000_000)
    with pytest.raises(Unreachable) as caught:
        fetch(file, offline=argument)
    message = one_line(caught)
    for part in ("words.vec", "7.6 GB", "'embkit fetch'", "embkit fetch --from DIR"):
        assert part in message
    assert not cache_dir().exists()


def test_offline_gives_what_is_here(host):
    path = fetch(known(host))
    assert fetch(known(host), offline=True) == path


# --- several processes ----------------------------------------------------------------------------


def test_two_processes_that_want_one_file_download_it_once(host):
    host.script = [pause_halfway]
    with child(known(host)) as first, child(known(host)) as second:
        assert first.stdout.readline() == second.stdout.readline() == b"ready\n"
        wait_until(lambda: host.asked)
        time.sleep(0.3)  # for the one that waits to come to the lock
        host.hold.set()
        assert first.stdout.read() == second.stdout.read() != b""
    assert first.returncode == second.returncode == 0
    assert len(host.asked) == 1


# --- the disk -------------------------------------------------------------------------------------


def refusing(number: int, *, at: int = 0):
    """Stands in for `open`: what it opens for writing refuses at the given call of write."""
    left = [None] * at

    class Refusing(io.FileIO):
        def write(self, data):
            if not left:
                raise OSError(number, os.strerror(number))
            left.pop()
            return super().write(data)

    return Refusing


@pytest.mark.parametrize("at", [0, 1])
@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EACCES, errno.EROFS, errno.EDQUOT])
def test_a_disk_that_refuses_leaves_nothing_visible_and_names_the_remedy(
    number, at, host, monkeypatch
):
    monkeypatch.setattr(fetching, "_CHUNK", HALF // 2)
    file = known(host)
    with monkeypatch.context() as patch, pytest.raises(StorageError) as caught:
        patch.setattr(fetching, "open", refusing(number, at=at), raising=False)
        fetch(file)
    message = one_line(caught)
    assert "words.vec" in message
    assert "EMBKIT_CACHE" in message
    assert cached(file) is None
    assert fetch(file).read_bytes() == BODY


def test_a_real_limit_on_file_sizes_is_a_full_disk(host):
    resource = pytest.importorskip("resource")
    code = (
        "import resource; from embkit.errors import StorageError\n"
        f"resource.setrlimit(resource.RLIMIT_FSIZE, ({HALF}, {HALF}))\n"
        "try: fetch(file)\nexcept StorageError as error: print(error)"
    )
    assert resource
    with child(known(host), code) as process:
        assert b"free some space" in process.stdout.read()
    assert process.returncode == 0
    assert fetch(known(host)).read_bytes() == BODY


def test_space_is_looked_at_before_the_host_is_asked(host):
    with pytest.raises(StorageError, match=r"needs 1000000000\.0 GB more, .* free some space"):
        fetch(known(host, bytes=10**18))
    assert host.asked == []


def test_a_cache_that_is_no_folder_is_a_storage_error(host, tmp_path, monkeypatch):
    tmp_path.joinpath("file").write_text("in the way")
    monkeypatch.setenv("EMBKIT_CACHE", str(tmp_path / "file"))
    with pytest.raises(StorageError, match="EMBKIT_CACHE"):
        fetch(known(host))


@pytest.mark.skipif(os.geteuid() == 0, reason="nothing is denied to root")
def test_a_folder_without_permission_is_a_storage_error(host, tmp_path):
    cache_dir().mkdir()
    cache_dir().chmod(0o500)
    with pytest.raises(StorageError, match="make the folder writable"):
        fetch(known(host))


@pytest.mark.parametrize("name", ["../words.vec", "mr/words.vec", "", "..", "pin"])
def test_a_name_that_leads_elsewhere_is_the_plugins_mistake(name):
    with pytest.raises(PluginError):
        fetch(known(name=name))


def test_a_file_without_an_address_says_so():
    with pytest.raises(Unreachable, match="it has no address; with a good copy"):
        fetch(known())


# --- out of a folder ------------------------------------------------------------------------------


@pytest.fixture
def stick(tmp_path) -> Path:
    folder = tmp_path / "stick"
    folder.joinpath("deep", "er").mkdir(parents=True)
    return folder


def test_a_file_is_known_by_its_digest_under_any_name(stick):
    stick.joinpath("deep", "er", "COPY~1.DAT").write_bytes(BODY)
    here = known()
    missing = known(name="other.vec", sha256="0" * 64)
    found = fetch_from(stick, [missing, here])
    assert [outcome.file for outcome in found] == [missing, here]
    assert [outcome.taken for outcome in found] == [False, True]
    assert found[0].path is None
    assert found[0].reason == f"{stick} does not hold it"
    assert found[1].path == cached(here)
    assert found[1].path.read_bytes() == BODY
    assert left_of(here) == [".lock", "words.vec"]
    (again,) = fetch_from(stick, [here])
    assert (again.path, again.taken, again.reason) == (cached(here), False, "")


def test_the_cache_keeps_its_copy_when_the_folder_changes(stick):
    stick.joinpath("a").write_bytes(BODY)
    (found,) = fetch_from(stick, [known()])
    with open(stick / "a", "rb+") as file:
        file.write(b"changed")
    assert found.path.read_bytes() == BODY


@pytest.mark.parametrize("content", [SPOILT, BODY[:HALF]])
def test_a_corrupted_copy_is_refused_and_named(content, stick):
    stick.joinpath("words.vec").write_bytes(content)
    (found,) = fetch_from(stick, [known()])
    assert found.path is None
    for part in (str(stick / "words.vec"), hashlib.sha256(content).hexdigest(), GOOD):
        assert part in found.reason
    assert cached(known()) is None


def test_a_copy_that_changes_between_looking_and_copying_is_refused(stick, monkeypatch):
    stick.joinpath("words.vec").write_bytes(SPOILT)
    monkeypatch.setattr(fetching, "file_digest", lambda path: GOOD)
    (found,) = fetch_from(stick, [known()])
    assert found.path is None
    assert hashlib.sha256(SPOILT).hexdigest() in found.reason
    assert left_of(known()) == [".lock"]


def test_only_files_of_a_wanted_size_are_read(stick, monkeypatch):
    read = []
    digest = fetching.file_digest
    monkeypatch.setattr(fetching, "file_digest", lambda path: read.append(path) or digest(path))
    stick.joinpath("large").write_bytes(BODY + b"more")
    stick.joinpath("right").write_bytes(BODY)
    fetch_from(stick, [known()])
    assert read == [stick / "right"]


def test_a_file_of_unknown_size_is_looked_for_among_all(stick):
    stick.joinpath("any").write_bytes(BODY)
    (found,) = fetch_from(stick, [known(bytes=0)])
    assert found.taken


def test_a_file_without_a_digest_is_taken_by_its_exact_name_and_pinned(stick, host):
    file = unknown(host)
    stick.joinpath("words.vec.bak").write_bytes(SPOILT)
    stick.joinpath("deep", "words.vec").write_bytes(BODY)
    (found,) = fetch_from(stick, [file])
    assert found.path.read_bytes() == BODY
    found.path.unlink()
    host.body = SPOILT
    with pytest.raises(InvalidData, match="pinned when the file first came"):
        fetch(file)


def test_two_different_files_of_one_name_are_not_chosen_between(stick, host):
    stick.joinpath("words.vec").write_bytes(BODY)
    stick.joinpath("deep", "words.vec").write_bytes(SPOILT)
    (found,) = fetch_from(stick, [unknown(host)])
    assert found.path is None
    assert "have its name and differ" in found.reason


def test_a_copy_must_match_what_was_pinned(stick, host):
    file = unknown(host)
    fetch(file).unlink()
    stick.joinpath("words.vec").write_bytes(SPOILT)
    (refused,) = fetch_from(stick, [file])
    assert refused.path is None
    assert "pinned when the file first came" in refused.reason
    stick.joinpath("by another name").write_bytes(BODY)
    (found,) = fetch_from(stick, [file])
    assert found.path.read_bytes() == BODY


def test_a_file_that_cannot_be_read_is_named_and_the_others_are_taken(stick, monkeypatch):
    stick.joinpath("bad").write_bytes(BODY)
    digest = fetching.file_digest

    def bad_sector(path):
        if path.name == "bad":
            raise OSError(errno.EIO, "Input/output error")
        return digest(path)

    monkeypatch.setattr(fetching, "file_digest", bad_sector)
    (found,) = fetch_from(stick, [known()])
    assert f"{stick / 'bad'} cannot be read (Input/output error)" in found.reason
    stick.joinpath("good").write_bytes(BODY)
    (found,) = fetch_from(stick, [known()])
    assert found.taken


def test_a_full_disk_leaves_no_half_copy(stick, monkeypatch):
    stick.joinpath("a").write_bytes(BODY)
    with monkeypatch.context() as patch, pytest.raises(StorageError):
        patch.setattr(fetching, "open", refusing(errno.ENOSPC), raising=False)
        fetch_from(stick, [known()])
    assert left_of(known()) == [".lock"]


# --- progress -------------------------------------------------------------------------------------


def test_without_a_terminal_nothing_is_drawn(host, capsys):
    fetch(known(host), progress=True)
    assert capsys.readouterr() == ("", "")


def test_on_a_terminal_a_bar_goes_to_stderr_and_names_are_no_markup(host, capsys, monkeypatch):
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    host.script = [cut]
    fetch(known(host, name="[red]words.vec"), progress=True)
    out, err = capsys.readouterr()
    assert out == ""
    assert "[red]words.vec" in err
    assert "1.0/1.0 MB" in err
