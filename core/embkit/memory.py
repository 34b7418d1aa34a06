"""Peak resident memory of a piece of work."""

from __future__ import annotations

import sys
from types import TracebackType

__all__ = ["Peak"]


def _status(field: str) -> int:
    """A field of /proc/self/status in bytes; 0 where there is no such file."""
    try:
        with open("/proc/self/status", encoding="ascii") as status:
            for line in status:
                if line.startswith(field):
                    return int(line.split()[1]) * 1024
    except OSError:
        pass
    return 0


def _highest() -> int:
    """Highest resident memory since the last reset, or since the process began."""
    high = _status("VmHWM:")
    if high:
        return high
    try:
        import resource
    except ImportError:  # Windows
        return 0
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


class Peak:
    """`with Peak() as peak: …` then `peak.bytes`: how far resident memory rose above its start.

    Pages of mapped files count while they are resident. On Linux the kernel's high-water mark is
    reset first, so that earlier work does not show; elsewhere it can only be an upper bound.
    """

    bytes = 0

    def __enter__(self) -> Peak:
        try:
            with open("/proc/self/clear_refs", "w", encoding="ascii") as reset:
                reset.write("5")
        except OSError:
            pass
        self._start = _status("VmRSS:")
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.bytes = max(0, _highest() - self._start)
