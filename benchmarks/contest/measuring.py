"""One work in a fresh process on one core: its seconds, its memory, its answers."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import median
from types import TracebackType
from typing import Any

__all__ = ["Clock", "medians", "one_core", "run"]

_EVERY = 0.01
_THREADS = {
    name: "1"
    for name in (
        "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "RAYON_NUM_THREADS",
        "NUMEXPR_NUM_THREADS",
    )
} | {"TOKENIZERS_PARALLELISM": "false"}  # fmt: skip


def one_core() -> None:
    """Stay on the last core that this process may use, whatever threads a library starts."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})


def _memory(fields: str, *names: str) -> list[int]:
    """Fields of a file in /proc in bytes, 0 for one that is not there."""
    found = dict(line.split(":", 1) for line in fields.splitlines() if ":" in line)
    return [1024 * int(found.get(name, "0 kB").split()[0]) for name in names]


def _read(path: str) -> str:
    try:
        with open(path, encoding="ascii") as file:
            return file.read()
    except (OSError, ValueError):
        return ""


class Clock:
    """`with clock:` is what is measured; when it ends, the measures are noted in a file.

    wall, cpu: seconds, of all threads. process_cpu: the process's from its start, imports and
    preparation included. highest: the most resident memory of the process until then; pss: at the
    end, what is shared with other processes counted in part. Bytes.
    """

    def __init__(self, note: Path) -> None:
        self._note = note

    def __enter__(self) -> Clock:
        self._cpu = time.process_time()
        self._wall = time.perf_counter()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        wall = time.perf_counter() - self._wall
        process_cpu = time.process_time()
        (highest,) = _memory(_read("/proc/self/status"), "VmHWM")
        (pss,) = _memory(_read("/proc/self/smaps_rollup"), "Pss")
        measured = {
            "wall": wall, "cpu": process_cpu - self._cpu, "process_cpu": process_cpu,
            "highest": highest, "pss": pss,
        }  # fmt: skip
        if error is None:
            self._note.write_text(json.dumps(measured), encoding="ascii")


def run(command: Sequence[str], note: Path, environment: Mapping[str, str]) -> dict[str, float]:
    """What the clock of a Python process noted, with the most memory it was seen to hold.

    note: the file of its clock. anonymous, mapped: of its own, and of mapped files, looked at every
    10 ms until the clock stopped; bytes. Raises CalledProcessError when the process fails.
    """
    note.unlink(missing_ok=True)
    process = subprocess.Popen(
        [sys.executable, *command],
        cwd=Path(__file__).parents[1],
        env=os.environ | _THREADS | environment,
    )
    anonymous = mapped = 0
    while process.poll() is None:
        if not note.exists():
            status = _read(f"/proc/{process.pid}/status")
            own, shared, files = _memory(status, "RssAnon", "RssShmem", "RssFile")
            anonymous, mapped = max(anonymous, own + shared), max(mapped, files)
        time.sleep(_EVERY)
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command)
    measured: dict[str, float] = json.loads(note.read_text(encoding="ascii"))
    return measured | {"anonymous": anonymous, "mapped": mapped}


def medians(rounds: Sequence[Mapping[str, Any]]) -> dict[str, float]:
    """The median of each thing measured, over the rounds."""
    return {name: median(measured[name] for measured in rounds) for name in rounds[0]}
