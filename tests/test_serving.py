"""The server of `embkit report --serve`: to this machine alone, anew when results change."""

from __future__ import annotations

import http.client
import os
import signal
import subprocess
import sys
import threading

import pytest
from embkit.errors import InvalidData, InvalidRequest
from embkit.serving import server


@pytest.fixture
def served(tmp_path):
    """A server whose page counts how often it was made, and a function that asks it."""
    made: list[int] = []

    def render() -> str:
        made.append(1)
        if not list(tmp_path.rglob("*.json")):
            raise InvalidData("holds no results", path=tmp_path)
        return f"page {len(made)}"

    with server([tmp_path], render, 0) as running:
        thread = threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()

        def ask(path: str, *, host: str | None = None, method: str = "GET"):
            connection = http.client.HTTPConnection("127.0.0.1", running.server_port, timeout=5)
            headers = {"Host": host or f"127.0.0.1:{running.server_port}"}
            connection.request(method, path, headers=headers)
            answer = connection.getresponse()
            content = answer.read().decode()
            connection.close()
            return answer.status, content, dict(answer.getheaders())

        ask.port = running.server_port
        yield ask
        running.shutdown()
        thread.join()


def test_a_page_is_made_once_for_each_state_of_the_results(served, tmp_path):
    (tmp_path / "one.json").write_text("{}")
    assert served("/")[:2] == (200, "page 1") == served("/")[:2]
    before = served("/state")[1]
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep/two.json").write_text("{}")
    assert served("/state")[1] != before
    assert served("/")[:2] == (200, "page 2")


def test_without_results_the_page_says_so_and_asks_again(served):
    status, content, headers = served("/")
    assert status == 503 and "holds no results" in content
    assert headers["Refresh"] == "2" and headers["Content-Type"] == "text/plain; charset=utf-8"


@pytest.mark.parametrize("host", ["evil.example", "evil.example:80", "127.0.0.1", "[::1]:80"])
def test_who_asks_by_another_name_gets_nothing(served, tmp_path, host):
    (tmp_path / "one.json").write_text("{}")
    for path in ("/", "/state"):
        status, content, _ = served(path, host=host)
        assert status == 403 and "page" not in content


def test_this_machine_may_be_called_localhost(served, tmp_path):
    (tmp_path / "one.json").write_text("{}")
    assert served("/", host=f"localhost:{served.port}")[0] == 200


@pytest.mark.parametrize("path", ["/one.json", "/../etc/passwd", "/state/", "/?x=1"])
def test_nothing_but_the_page_and_its_state_is_there(served, path):
    assert served(path)[0] == 404


def test_nothing_can_be_sent(served):
    for method in ("POST", "PUT", "DELETE"):
        assert served("/", method=method)[0] == 501


def test_a_page_is_kept_by_nobody_and_framed_by_nobody(served, tmp_path):
    (tmp_path / "one.json").write_text("{}")
    _, _, headers = served("/")
    assert headers["Cache-Control"] == "no-store" and headers["X-Frame-Options"] == "DENY"
    assert headers["X-Content-Type-Options"] == "nosniff"


def test_a_port_that_is_taken_is_an_error_that_names_it(served, tmp_path):
    with pytest.raises(InvalidRequest, match=rf"port {served.port} cannot be opened"):
        server([tmp_path], lambda: "", served.port)


def test_the_command_tells_its_address_and_an_interrupt_ends_it_with_130(stored):
    folder = stored("set/one", "a", "1101")
    started = subprocess.Popen(
        [sys.executable, "-m", "embkit", "report", str(folder), "--serve", "--port", "0"],
        stderr=subprocess.PIPE, text=True, env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )  # fmt: skip
    line = started.stderr.readline()
    assert line.startswith("embkit: http://127.0.0.1:") and str(folder) in line
    port = int(line.split("/")[2].split(":")[1])
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    connection.request("GET", "/")
    content = connection.getresponse().read().decode()
    assert "set/one" in content and "connect-src 'self'" in content
    started.send_signal(signal.SIGINT)
    assert started.wait(timeout=20) == 130
    started.stderr.close()
