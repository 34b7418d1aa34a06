"""A page on this machine alone: served to its own browser, made anew when files have changed."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from embkit.errors import EmbkitError, InvalidRequest

__all__ = ["server", "state_of"]

_LOOPBACK = "127.0.0.1"


def state_of(folders: Sequence[Path]) -> str:
    """A digest of the names, sizes and times of all results below some folders."""
    seen = hashlib.sha256()
    for folder in folders:
        for path in sorted(folder.rglob("*.json")):
            try:
                found = path.stat()
            except FileNotFoundError:  # it was replaced just now; the next look sees the new one
                continue
            seen.update(f"{path}\0{found.st_size}\0{found.st_mtime_ns}\n".encode())
    return seen.hexdigest()


class _Pages:
    """The page of the newest state; it is made once for each."""

    def __init__(self, folders: Sequence[Path], render: Callable[[], str]) -> None:
        self._folders, self._render = folders, render
        self._lock = threading.Lock()
        self._state, self._page = "", b""

    def state(self) -> str:
        return state_of(self._folders)

    def page(self) -> bytes:
        with self._lock:
            state = self.state()
            if state != self._state:
                self._page = self._render().encode("utf-8", "backslashreplace")
                self._state = state
            return self._page


def server(folders: Sequence[Path], render: Callable[[], str], port: int) -> ThreadingHTTPServer:
    """A server of `/`, the page, and of `/state`, which changes when the results do.

    It listens on the loopback address alone, and answers only who asks for it by that address or as
    localhost: a name of somebody's that leads here gets nothing. port: 0 for any that is free.
    Raises InvalidRequest for a port that is taken.
    """
    pages = _Pages(folders, render)

    class Answers(BaseHTTPRequestHandler):
        server_version, sys_version = "embkit", ""

        def do_GET(self) -> None:
            own = served.server_port
            if self.headers.get("Host") not in (f"{_LOOPBACK}:{own}", f"localhost:{own}"):
                self._answer(403, "text/plain", b"asked for by another name\n")
            elif self.path == "/state":
                self._answer(200, "text/plain", pages.state().encode())
            elif self.path == "/":
                try:
                    self._answer(200, "text/html", pages.page())
                except EmbkitError as error:  # there may be results soon
                    self._answer(503, "text/plain", f"{error}\n".encode(), refresh=True)
            else:
                self._answer(404, "text/plain", b"there is nothing here but /\n")

        def _answer(self, status: int, kind: str, content: bytes, *, refresh: bool = False) -> None:
            self.send_response(status)
            self.send_header("Content-Type", f"{kind}; charset=utf-8")
            self.send_header("Content-Length", str(len(content)))
            self.send_header("Cache-Control", "no-store")
            self.send_header("X-Content-Type-Options", "nosniff")
            self.send_header("X-Frame-Options", "DENY")
            self.send_header("Cross-Origin-Resource-Policy", "same-origin")
            if refresh:
                self.send_header("Refresh", "2")
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *arguments: object) -> None:
            """Say nothing: a line every two seconds is of no use."""

    try:
        served = ThreadingHTTPServer((_LOOPBACK, port), Answers)
    except OSError as error:
        raise InvalidRequest(
            f"port {port} cannot be opened ({error.strerror}); name another with --port, 0 for any"
        ) from None
    return served
