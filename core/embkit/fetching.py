"""Files from elsewhere: fetched once, verified before they are visible, kept by their digest.

A file lies in `<cache>/files/<sha256>/<name>`. While it is on its way, `<name>.part` stands there,
with `<name>.origin` for the address and the ETag it comes from, and one process holds `.lock`.
When its publisher gives no digest, the folder is named after its first address, and `pin` keeps
digest and size of what came first.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import shutil
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import quote, urlsplit

from embkit.cache import atomic_write, cache_dir, file_digest, lock, storage_errors
from embkit.errors import InvalidData, InvalidRequest, PluginError, StorageError, Unreachable
from embkit.progress import console
from embkit.records import File

if TYPE_CHECKING:
    from http.client import HTTPResponse
    from urllib.error import HTTPError

__all__ = ["Found", "cached", "fetch", "fetch_from", "is_offline"]

_TRIES = 3
_PAUSE = 0.2  # seconds before the second try; twice as long before each further one
_LONGEST_PAUSE = 10.0
_PASSING = {408, 425, 429, 500, 502, 503, 504}  # answers that may be another one soon
_CHUNK = 1 << 20
_LARGEST = 64 << 30  # a file of unknown size is not looked for among larger ones
# Hosts that did not answer in this process, and how: asked once, then passed over.
_silent: dict[str, str] = {}


@dataclass(frozen=True, kw_only=True)
class Found:
    """What `fetch_from` found out about a file.

    path: where it lies now, or None. taken: whether it came out of the folder just now, and was not
    here before. reason: why it is not here, "" when it is. refused: whether the folder held
    something in its place, such as a spoilt copy.
    """

    file: File
    path: Path | None
    taken: bool = False
    reason: str = ""
    refused: bool = False


class _NotThere(InvalidData):
    """A folder does not hold a file."""


class _Content(NamedTuple):
    """What a file must be: sha256 and size in bytes, "" and 0 where nobody knows."""

    digest: str
    size: int


class _TryAgain(Exception):
    """This try failed, the next may not. pause: seconds the host asks for, or None."""

    def __init__(self, reason: str, pause: float | None = None) -> None:
        super().__init__(reason)
        self.pause = pause


def is_offline() -> bool:
    """Whether EMBKIT_OFFLINE forbids connections."""
    return os.environ.get("EMBKIT_OFFLINE", "") not in ("", "0")


def _place(file: File) -> Path:
    """Where the file lies once it is here."""
    if Path(file.name).name != file.name or file.name in ("", "..", "pin", ".lock"):
        raise PluginError(f"a plugin calls a file '{file.name}'; expected a plain name")
    known_by = "".join(file.urls[:1]) or file.name
    unpublished = "pinned-" + hashlib.sha256(known_by.encode()).hexdigest()[:48]
    return cache_dir() / "files" / (file.sha256.lower() or unpublished) / file.name


def _expected(file: File) -> _Content:
    """What its publisher says that the file is, else what it was when it first came."""
    if file.sha256:
        return _Content(file.sha256.lower(), file.bytes)
    pin = _place(file).with_name("pin")
    try:
        text = pin.read_text(encoding="ascii", errors="replace")
    except (FileNotFoundError, NotADirectoryError):
        return _Content("", 0)
    match = re.fullmatch(r"([0-9a-f]{64}) ([0-9]+)\n", text)
    if match is None:
        raise InvalidData("expected a digest and a size; delete it to pin anew", path=pin)
    return _Content(match[1], int(match[2]))


def cached(file: File) -> Path | None:
    """Where a file lies when it is here already, else None. Opens no connection.

    Content was verified when it came; here its presence and, where known, its size are.
    """
    path = _place(file)
    try:
        size = path.stat().st_size
    except OSError:
        return None
    expected = _expected(file)
    return path if expected.digest and expected.size in (0, size) else None


def fetch(file: File, *, offline: bool | None = None, progress: bool = False) -> Path:
    """The path of a file in the cache, downloaded and verified when it is not there.

    Addresses are tried in order; a download that was cut goes on where it stopped; other processes
    that want the same file wait for this one. A file without a known digest is pinned: what came
    first must come again. offline: open no connection; EMBKIT_OFFLINE says the same for all.
    progress: a bar on a terminal.
    Raises Unreachable when no address gives it or when offline, InvalidData when what came has
    another digest, StorageError when the disk refuses.
    """
    here = cached(file)
    if here is not None:
        return here
    if offline or is_offline():
        raise Unreachable(
            f"{file.name}{_of_size(file)} is not here and embkit is offline; run 'embkit fetch' "
            "where there is a network, or take it out of a folder: embkit fetch --from DIR"
        )
    with lock(_place(file).with_name(".lock")):
        here = cached(file)  # another process may have fetched it while this one waited
        return here if here is not None else _download(file, progress)


def _download(file: File, progress: bool) -> Path:
    place = _place(file)
    part = place.with_name(f"{file.name}.part")
    _check_space(file, part)
    reasons: list[str] = []
    wrong = False
    addresses = list(file.urls)
    with _bar(file, progress) as show:
        while addresses:
            url = addresses.pop(0)
            kept = part.exists()
            try:
                return _accept(file, part, _get(url, file, part, show), source=url)
            except InvalidData as error:
                # The spoilt half may be the one that was kept: once more, without it.
                if kept and not part.exists():
                    addresses.insert(0, url)
                    continue
                wrong = True
                reasons.append(str(error))
            except Unreachable as error:
                reasons.append(str(error))
    raise (InvalidData if wrong else Unreachable)(
        f"{file.name}{_of_size(file)} cannot be fetched: "
        f"{'; '.join(reasons) or 'it has no address'}; with a good copy from elsewhere: "
        "embkit fetch --from DIR"
    )


def _check_space(file: File, part: Path) -> None:
    needed = file.bytes - (part.stat().st_size if part.exists() else 0)
    free = shutil.disk_usage(part.parent).free
    if file.bytes and free < needed:
        raise StorageError(
            f"{file.name} needs {_amount(needed)} more, {part.parent} has {_amount(free)} free; "
            "free some space or name another cache folder in EMBKIT_CACHE"
        )


def _accept(file: File, part: Path, digest: str, *, source: str) -> Path:
    """Make a whole part visible, or delete it and raise InvalidData."""
    place = _place(file)
    expected = _expected(file)
    size = part.stat().st_size
    if expected.digest and (digest, size) != (expected.digest, expected.size or size):
        part.unlink()
        raise InvalidData(
            f"{source} gave sha256 {digest} ({size} bytes), expected {expected.digest}"
            + (f" ({expected.size} bytes)" if expected.size else "")
            + _pinned_by(file)
        )
    with storage_errors(place):
        with open(part, "rb+") as handle:
            os.fsync(handle.fileno())
        if not expected.digest:
            atomic_write(place.with_name("pin"), f"{digest} {size}\n".encode())
        os.replace(part, place)
        for name in (f"{file.name}.part", f"{file.name}.origin"):
            place.with_name(name).unlink(missing_ok=True)
    return place


def _pinned_by(file: File) -> str:
    """The end of a sentence about a digest that was learnt, not published."""
    if file.sha256:
        return ""
    return (
        ", pinned when the file first came; if its publisher has changed it, delete "
        f"{_place(file).parent} to pin it anew"
    )


def _get(url: str, file: File, part: Path, show: Callable[[int], None]) -> str:
    """Download one address into the part, going on where it stands; sha256 of the whole.

    Raises Unreachable when the address does not give the file in a few tries.
    """
    reason = ""
    for number in range(_TRIES):
        try:
            return _attempt(url, file, part, show)
        except _TryAgain as error:
            reason = str(error)
            if number + 1 < _TRIES:
                time.sleep(_PAUSE * 2**number if error.pause is None else error.pause)
    raise Unreachable(reason)


def _attempt(url: str, file: File, part: Path, show: Callable[[int], None]) -> str:
    from urllib.error import HTTPError

    expected = _expected(file)
    # A size without a digest is as its host rounds it, in GB or in GiB.
    limit = expected.size if expected.digest else file.bytes * 11 // 10
    kept, headers = _resumption(url, part, verified=bool(expected.digest))
    with _ask(url, headers, verified=bool(expected.digest)) as response:
        if isinstance(response, HTTPError):  # 416: nothing is left to send, or ever was
            if kept and response.headers.get("Content-Range") == f"bytes */{kept}":
                with open(part, "rb") as whole:
                    return hashlib.file_digest(whole, "sha256").hexdigest()
            part.unlink(missing_ok=True)
            raise _TryAgain(f"{url} has no bytes from {kept} on", pause=0)
        if response.status not in (200, 206):
            raise Unreachable(f"{url} answered {response.status}, not with a file")
        start, length = _extent(response)
        if start not in (0, kept):
            part.unlink(missing_ok=True)
            raise _TryAgain(f"{url} answered with bytes from {start}, not {kept} on", pause=0)
        if length is None and not response.chunked:
            if not expected.digest:
                raise Unreachable(f"{url} gives no length, so that a cut would not be noticed")
            length = expected.size or None
        if limit and (length or 0) > limit:
            part.unlink(missing_ok=True)
            raise InvalidData(f"{url} gives {length} bytes, at most {limit} were expected")
        if start:
            with open(part, "rb") as before:
                total = hashlib.file_digest(before, "sha256")
        else:
            total = hashlib.sha256()
            _note_origin(url, part, response)
        position = start
        with storage_errors(part), open(part, "ab" if start else "wb") as out:
            while block := _read(response, url):
                position += len(block)
                if limit and position > limit:
                    break
                out.write(block)
                total.update(block)
                show(position)
    if limit and position > limit:
        part.unlink()
        raise InvalidData(f"{url} gives more than the {limit} bytes that were expected")
    if length is not None and position < length:
        raise _TryAgain(f"{url} ended after {position} of {length} bytes")
    return total.hexdigest()


def _resumption(url: str, part: Path, *, verified: bool) -> tuple[int, dict[str, str]]:
    """How many bytes of the part to keep, and the headers that ask for the rest.

    verified: a digest will tell whether both halves belong together. Without one, only an ETag can,
    and halves of two versions must not be pinned as one file.
    """
    # `identity`: a digest is of the file, not of a transport's compression of it.
    headers = {"User-Agent": "embkit", "Accept-Encoding": "identity"}
    kept = part.stat().st_size if part.exists() else 0
    try:
        origin, _, etag = part.with_suffix(".origin").read_text(encoding="utf-8").partition("\n")
    except (OSError, UnicodeDecodeError):
        origin = etag = ""
    trusted = origin == url and re.fullmatch(r'"[\x21\x23-\x7e]*"', etag) is not None
    if not kept or not (verified or trusted):
        return 0, headers
    headers["Range"] = f"bytes={kept}-"
    if trusted:
        headers["If-Range"] = etag
    return kept, headers


def _note_origin(url: str, part: Path, response: HTTPResponse) -> None:
    origin = part.with_suffix(".origin")
    part.unlink(missing_ok=True)  # it came from elsewhere: never beside the new note
    with storage_errors(origin):
        origin.write_text(f"{url}\n{response.headers.get('ETag', '')}", encoding="utf-8")


def _extent(response: HTTPResponse) -> tuple[int, int | None]:
    """Where in the file the body begins, -1 for nowhere, and the length of the file if said."""
    if response.status == 200:
        return 0, response.length
    range_sent = response.headers.get("Content-Range", "")
    match = re.fullmatch(r"bytes ([0-9]+)-([0-9]+)/([0-9]+|\*)", range_sent)
    if match is None:
        return -1, None
    return int(match[1]), int(match[2]) + 1 if match[3] == "*" else int(match[3])


def _read(response: HTTPResponse, url: str) -> bytes:
    from http.client import HTTPException

    try:
        return response.read1(_CHUNK)  # whatever has come: a cut loses none of it
    except (OSError, HTTPException) as error:
        raise _TryAgain(f"{url} broke off ({_cause(error)})") from error


def _refusal(url: str, *, verified: bool, before: str = "") -> str:
    """Why an address is not to be asked, or "".

    verified: a digest will tell whether anybody changed the file on its way. before: the address
    that redirects to this one.
    """
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https"):
        return f"{url} is not asked: only http and https are"
    if parts.scheme == "http" and before and urlsplit(before).scheme == "https":
        return f"{before} redirects from https to {url}, which is refused"
    local = parts.hostname in ("127.0.0.1", "localhost", "::1")
    if parts.scheme == "http" and not local and not verified:
        return f"{url} is not asked: over http only a file with a known digest is safe"
    return _silent.get(parts.netloc, "")


def _ask(url: str, headers: dict[str, str], *, verified: bool) -> HTTPResponse | HTTPError:
    """The open response of an address, an HTTPError only for status 416.

    Raises Unreachable when asking again would not help, _TryAgain when it may.
    """
    from http.client import HTTPException, InvalidURL
    from urllib.error import HTTPError, URLError
    from urllib.request import HTTPRedirectHandler, Request, build_opener

    asked = url

    class Redirects(HTTPRedirectHandler):
        def redirect_request(
            self, req: Any, fp: Any, code: int, msg: str, headers: Any, newurl: str
        ) -> Request | None:
            nonlocal asked
            refusal = _refusal(newurl, verified=verified, before=req.full_url)
            if refusal:
                fp.close()
                raise Unreachable(refusal)
            asked = newurl
            return super().redirect_request(req, fp, code, msg, headers, newurl)

    try:
        refusal = _refusal(url, verified=verified)
        if refusal:
            raise Unreachable(refusal)
        ascii_url = quote(url, safe="%/:=&?~#+!$,;'@()*[]")
        request = Request(ascii_url, headers=headers)
        response: HTTPResponse = build_opener(Redirects).open(request, timeout=_timeout())
        return response
    except HTTPError as error:
        if error.code == 416:
            return error
        with error:
            reason = f"{asked} answered {error.code} {_cause(error)}"
            wait = error.headers.get("Retry-After", "") if error.code in (429, 503) else ""
        if error.code not in _PASSING:
            raise Unreachable(reason) from error
        pause = min(float(wait), _LONGEST_PAUSE) if wait.isdecimal() else None
        raise _TryAgain(reason, pause) from error
    except (ValueError, InvalidURL) as error:
        raise Unreachable(f"{url} is no address ({_cause(error)})") from error
    except (OSError, HTTPException) as error:
        reason = f"{urlsplit(asked).netloc} did not answer ({_cause(error)})"
        cause = error.reason if isinstance(error, URLError) else error
        hung_up = isinstance(cause, (ConnectionError, HTTPException))
        if hung_up and not isinstance(cause, ConnectionRefusedError):
            raise _TryAgain(reason) from error
        _silent[urlsplit(asked).netloc] = reason
        raise Unreachable(reason) from error


def _cause(error: Exception) -> str:
    """The words of an error in one line, or its kind when it has none."""
    words = getattr(error, "reason", None) or error
    words = getattr(words, "strerror", None) or words
    return " ".join(str(words).split()) or type(error).__name__


def _timeout() -> float:
    """Seconds to wait for a connection or for the next bytes."""
    text = os.environ.get("EMBKIT_TIMEOUT", "20")
    with contextlib.suppress(ValueError):
        if 0 < float(text) < 1e6:
            return float(text)
    raise InvalidRequest(f"EMBKIT_TIMEOUT is '{text}'; expected seconds, a number above 0")


@contextlib.contextmanager
def _bar(file: File, progress: bool) -> Iterator[Callable[[int], None]]:
    """A function to report the position to; it draws a bar when stderr is a terminal."""
    if not (progress and sys.stderr.isatty()):
        yield lambda position: None
        return
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TransferSpeedColumn

    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        DownloadColumn(),
        TransferSpeedColumn(),
    )
    with Progress(*columns, console=console()) as bar:
        task = bar.add_task(file.name, total=file.bytes or None)
        yield lambda position: bar.update(task, completed=position)


def _amount(count: int) -> str:
    if count < 1e5:
        return f"{count / 1e3:.0f} kB"
    return f"{count / 1e9:.1f} GB" if count >= 1e9 else f"{count / 1e6:.1f} MB"


def _of_size(file: File) -> str:
    return f" ({_amount(file.bytes)})" if file.bytes else ""


def fetch_from(folder: Path, files: Sequence[File]) -> list[Found]:
    """Take files out of a folder and its subfolders into the cache, by size and digest.

    What a file is called there does not matter, except for one without a known digest: that is
    taken by its exact name, and pinned. Returns one outcome a file, in the given order.
    """
    wanted = [(file, _expected(file)) for file in files if cached(file) is None]
    sizes = {expected.size for _, expected in wanted if expected.digest}
    names = {file.name for file, _ in wanted}
    digests: dict[Path, str] = {}
    unread = ""
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        size = path.stat().st_size
        if path.name in names or size in sizes or (0 in sizes and size <= _LARGEST):
            try:
                digests[path] = file_digest(path)
            except OSError as error:
                unread += f"; {path} cannot be read ({_cause(error)})"
    found = []
    for file in files:
        here = cached(file)
        taken, reason, refused = False, "", False
        if here is None:
            try:
                here, taken = _take(file, _source(file, folder, digests)), True
            except InvalidData as error:
                reason, refused = f"{error}{unread}", not isinstance(error, _NotThere)
        found.append(Found(file=file, path=here, taken=taken, reason=reason, refused=refused))
    return found


def _source(file: File, folder: Path, digests: Mapping[Path, str]) -> Path:
    """The path that holds a file; raises InvalidData saying what was there instead."""
    expected = _expected(file).digest
    called_so = [path for path in digests if path.name == file.name]
    fits = [path for path in digests if digests[path] == expected] if expected else called_so
    if not expected and len({digests[path] for path in fits}) > 1:
        raise InvalidData(f"{' and '.join(map(str, fits))} have its name and differ")
    if fits:
        return fits[0]
    if not called_so:
        raise _NotThere(f"{folder} does not hold it")
    found = "; ".join(f"{path} has its name, but sha256 {digests[path]}" for path in called_so)
    raise InvalidData(f"{found}; expected {expected}{_pinned_by(file)}")


def _take(file: File, source: Path) -> Path:
    """Copy a file into the cache. A link would change with a folder that is not ours."""
    place = _place(file)
    with lock(place.with_name(".lock")):
        here = cached(file)
        if here is not None:
            return here
        copy = place.with_name(f"{file.name}.copy")
        total = hashlib.sha256()
        try:
            with open(source, "rb") as original, storage_errors(copy), open(copy, "wb") as out:
                while block := original.read(_CHUNK):
                    out.write(block)
                    total.update(block)
            return _accept(file, copy, total.hexdigest(), source=str(source))
        finally:
            copy.unlink(missing_ok=True)
