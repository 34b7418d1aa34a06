"""Files from elsewhere: fetched once, verified before they are visible, kept by their digest."""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from embkit.cache import atomic_write, cache_dir, lock, storage_errors
from embkit.errors import InvalidData, StorageError, Unreachable
from embkit.records import File

if TYPE_CHECKING:
    from http.client import HTTPResponse

__all__ = ["Found", "cached", "fetch", "fetch_from", "is_offline"]

_TRIES = 3
_CHUNK = 1 << 20
# Hosts that did not answer in this process: asked once, then passed over.
_silent: set[str] = set()


@dataclass(frozen=True, kw_only=True)
class Found:
    """What `fetch_from` found out about a file: where it lies now, or None."""

    file: File
    path: Path | None


def is_offline() -> bool:
    """Whether EMBKIT_OFFLINE forbids connections."""
    return os.environ.get("EMBKIT_OFFLINE", "") not in ("", "0")


def _folder(file: File) -> Path:
    """A folder by digest; by address where the publisher gives no digest."""
    name = file.sha256 or "pinned-" + hashlib.sha256(file.urls[0].encode()).hexdigest()[:48]
    return cache_dir() / "files" / name


def _pinned(file: File) -> str:
    """The digest that a file must have: its publisher's, or that of the first download, or ""."""
    if file.sha256:
        return file.sha256
    try:
        return (_folder(file) / "sha256").read_text(encoding="ascii").strip()
    except OSError:
        return ""


def cached(file: File) -> Path | None:
    """Where a file lies when it is here already, else None. Opens no connection.

    Content was verified when it came; here its presence and, where known, its size are.
    """
    path = _folder(file) / file.name
    try:
        size = path.stat().st_size
    except OSError:
        return None
    return path if not file.bytes or file.sha256 == "" or size == file.bytes else None


def _amount(count: int) -> str:
    return f"{count / 1e9:.1f} GB" if count >= 1e9 else f"{count / 1e6:.1f} MB"


def _of_size(file: File) -> str:
    return f" ({_amount(file.bytes)})" if file.bytes else ""


def fetch(file: File, *, offline: bool | None = None, progress: bool = False) -> Path:
    """The path of a file in the cache, downloaded and verified when it is not there.

    Addresses are tried in order; a download that was cut goes on where it stopped; other processes
    that want the same file wait for this one. A file without a known digest is pinned: what came
    first must come again. offline: None takes EMBKIT_OFFLINE. progress: a bar on a terminal.
    Raises Unreachable when no address gives it or when offline, InvalidData when what came has
    another digest, StorageError when the disk refuses.
    """
    here = cached(file)
    if here is not None:
        return here
    if is_offline() or offline:
        raise Unreachable(
            f"{file.name}{_of_size(file)} is not here and embkit is offline; fetch it where there "
            "is a network, or take it out of a folder: embkit fetch --from DIR"
        )
    folder = _folder(file)
    with lock(folder / "lock"):
        here = cached(file)  # another process may have fetched it while this one waited
        return here if here is not None else _download(file, folder, progress)


def _download(file: File, folder: Path, progress: bool) -> Path:
    if file.bytes:
        free = shutil.disk_usage(folder).free
        if free < file.bytes:
            raise StorageError(
                f"{file.name} needs {_amount(file.bytes)}, {folder} has {_amount(free)} free; "
                "free some space or name another cache folder in EMBKIT_CACHE"
            )
    part = folder / f"{file.name}.part"
    reasons: list[str] = []
    wrong: InvalidData | None = None
    for url in file.urls:
        try:
            with _bar(file, progress) as advance:
                digest = _get(url, file, part, advance)
            return _accept(file, part, digest)
        except InvalidData as error:
            wrong = error
            reasons.append(str(error))
        except Unreachable as error:
            reasons.append(str(error))
    if wrong is not None:
        raise wrong
    raise Unreachable(
        f"{file.name}{_of_size(file)} cannot be fetched: {'; '.join(reasons)}. With a copy from "
        "elsewhere: embkit fetch --from DIR"
    )


def _accept(file: File, part: Path, digest: str) -> Path:
    """Make a verified part visible, or delete it and raise InvalidData."""
    wanted = _pinned(file)
    size = part.stat().st_size
    if (wanted and digest != wanted) or (file.sha256 and file.bytes and size != file.bytes):
        part.unlink()
        pinned = "" if file.sha256 else ", pinned by the first download"
        raise InvalidData(
            f"{file.name}: expected sha256 {wanted}{pinned}, got {digest} ({size} bytes); the file "
            "was changed or spoilt on its way. With a good copy: embkit fetch --from DIR"
        )
    path = part.with_name(file.name)
    with storage_errors(path):
        with open(part, "rb+") as handle:
            os.fsync(handle.fileno())
        if not wanted:
            atomic_write(path.with_name("sha256"), digest.encode())
        os.replace(part, path)
    part.with_suffix(".etag").unlink(missing_ok=True)
    return path


def _allowed(url: str, *, verified: bool) -> None:
    """Raise Unreachable for an address that is not asked: no http(s), or http without a digest."""
    parts = urlsplit(url)
    local = parts.hostname in ("127.0.0.1", "localhost", "::1")
    if parts.scheme == "https" or (parts.scheme == "http" and (local or verified)):
        return
    raise Unreachable(f"{url} is not asked: only https, or http for a file with a known digest")


def _opener(url: str) -> Any:
    """An opener that follows redirects, but never from https to anything less."""
    from urllib.error import HTTPError
    from urllib.request import HTTPRedirectHandler, build_opener

    class Redirects(HTTPRedirectHandler):
        def redirect_request(
            self, req: Any, fp: Any, code: int, msg: str, headers: Any, newurl: str
        ) -> Any:
            if urlsplit(url).scheme == "https" and urlsplit(newurl).scheme != "https":
                raise HTTPError(newurl, code, "redirect from https to http refused", headers, fp)
            return super().redirect_request(req, fp, code, msg, headers, newurl)

    return build_opener(Redirects)


def _timeout() -> float:
    return float(os.environ.get("EMBKIT_TIMEOUT", "20"))


def _get(url: str, file: File, part: Path, advance: Callable[[int], None]) -> str:
    """Download one address into the part, going on where it stands; the digest of the whole.

    Raises Unreachable when the address does not give the file in a few tries.
    """
    from http.client import HTTPException
    from urllib.error import HTTPError, URLError

    _allowed(url, verified=bool(file.sha256))
    host = urlsplit(url).netloc
    if host in _silent:
        raise Unreachable(f"{host} did not answer before")
    reason = ""
    for attempt in range(_TRIES):
        try:
            return _attempt(url, file, part, advance)
        except HTTPError as error:
            with error:
                reason = f"{url} answered {error.code} {error.reason}"
                if error.code == 416:  # the part is longer than the file: begin again
                    part.unlink(missing_ok=True)
                elif error.code not in (408, 425, 429, 500, 502, 503, 504):
                    break
                wait = error.headers.get("Retry-After", "")
            time.sleep(min(float(wait), 10) if wait.isdigit() else 0.2 * 2**attempt)
        except (URLError, TimeoutError, ConnectionError, HTTPException, _CutShortError) as error:
            cause = error.reason if isinstance(error, URLError) else error
            reason = f"{host}: {cause or type(cause).__name__}"
            if isinstance(error, (URLError, TimeoutError)):
                _silent.add(host)
                break
            time.sleep(0.2 * 2**attempt)
    raise Unreachable(reason)


class _CutShortError(Exception):
    """The connection ended before the file did."""


def _attempt(url: str, file: File, part: Path, advance: Callable[[int], None]) -> str:
    from urllib.request import Request

    etag_note = part.with_suffix(".etag")
    total = hashlib.sha256()
    kept = part.stat().st_size if part.exists() else 0
    # `identity`: a digest is of the file, not of a transport's compression of it.
    headers = {"User-Agent": "embkit", "Accept-Encoding": "identity"}
    etag = ""
    if kept:
        headers["Range"] = f"bytes={kept}-"
        with contextlib.suppress(OSError):
            etag = etag_note.read_text(encoding="latin-1")
            headers["If-Range"] = etag
    with _opener(url).open(Request(url, headers=headers), timeout=_timeout()) as response:
        resumed = response.status == 206 and _starts_at(response, kept)
        if response.status == 206 and not resumed:
            part.unlink(missing_ok=True)
            raise _CutShortError("answered another range than the one asked for")
        new_etag = response.headers.get("ETag", "")
        if new_etag and not new_etag.startswith("W/"):
            with storage_errors(etag_note):
                etag_note.write_text(new_etag, encoding="latin-1")
        if resumed:
            with open(part, "rb") as before:
                while block := before.read(_CHUNK):
                    total.update(block)
                    advance(len(block))
        written = kept if resumed else 0
        with storage_errors(part), open(part, "ab" if resumed else "wb") as out:
            while block := response.read(_CHUNK):
                written += len(block)
                if file.sha256 and file.bytes and written > file.bytes:
                    break  # more than was promised: the digest cannot match, read no further
                out.write(block)
                total.update(block)
                advance(len(block))
        left = response.length
        if left:
            raise _CutShortError(f"the connection ended {left} bytes before the file did")
    return total.hexdigest()


def _starts_at(response: HTTPResponse, position: int) -> bool:
    return (response.headers.get("Content-Range") or "").startswith(f"bytes {position}-")


@contextlib.contextmanager
def _bar(file: File, progress: bool) -> Iterator[Callable[[int], None]]:
    """A function to report bytes to; it draws a bar when stderr is a terminal."""
    if not (progress and sys.stderr.isatty()):
        yield lambda count: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TransferSpeedColumn

    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        DownloadColumn(),
        TransferSpeedColumn(),
    )
    with Progress(*columns, console=Console(stderr=True)) as bar:
        task = bar.add_task(file.name, total=file.bytes or None)
        yield lambda count: bar.advance(task, count)


def _digest(path: Path) -> str:
    with open(path, "rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


def fetch_from(folder: Path, files: Sequence[File]) -> list[Found]:
    """Take files out of a folder and its subfolders into the cache, by size and digest.

    What a file is called there does not matter, except for one without a known digest: that is
    taken by its exact name, and pinned. Returns one outcome a file, in the given order.
    """
    wanted = [file for file in files if cached(file) is None]
    sizes = {file.bytes for file in wanted if file.sha256}
    digests = {file.sha256 for file in wanted if file.sha256}
    names = {file.name for file in wanted if not file.sha256}
    by_digest: dict[str, Path] = {}
    by_name: dict[str, Path] = {}
    for path in sorted(folder.rglob("*")):
        if not path.is_file():
            continue
        if path.name in names:
            by_name.setdefault(path.name, path)
        if 0 in sizes or path.stat().st_size in sizes:
            digest = _digest(path)
            if digest in digests:
                by_digest.setdefault(digest, path)
    for file in wanted:
        source = by_digest.get(file.sha256) if file.sha256 else by_name.get(file.name)
        if source is not None:
            _take(file, source)
    return [Found(file=file, path=cached(file)) for file in files]


def _take(file: File, source: Path) -> None:
    target = _folder(file)
    with lock(target / "lock"), storage_errors(target):
        part = target / f"{file.name}.part"
        part.unlink(missing_ok=True)
        # A copy, not a link: the folder may be a memory stick, or be changed later.
        shutil.copyfile(source, part)
        with contextlib.suppress(InvalidData):
            _accept(file, part, _digest(part))
