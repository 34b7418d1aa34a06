"""Pickles read as data: nothing is imported, called or looked up, whatever the pickle says.

A pickle is a program for a stack machine, and unpickling runs it: `os.system` is an import and a
call like any other. Here the same opcodes only build plain values. A name stays a `Name`, a call
becomes a `Made` that records what would have been called with what, and a name that is not on the
reader's list ends the reading. Opcodes that such files do not need are not known at all.

Memory is bounded by the size of the file: bytes stay in it as views, the memo is filled in order,
and there are no more containers than a file of that size can need.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Callable, Collection
from pathlib import Path
from typing import Any, NamedTuple, NoReturn

from embkit.errors import InvalidData

__all__ = ["Made", "Name", "read_inert", "text"]

_STOP = ord(".")
_LONGEST_LINE = 256
_DECIMAL = re.compile(r"-?\d{1,18}")
_DEEPEST = 64
_TWO, _FOUR, _EIGHT, _WHOLE, _REAL = (struct.Struct(f) for f in ("<H", "<I", "<Q", "<i", ">d"))


class Name(NamedTuple):
    """A class or function that a pickle names."""

    module: str
    name: str

    def __str__(self) -> str:
        return f"{self.module}.{self.name}"


class Made:
    """What a call would have made: what was called, with what, and the state set afterwards."""

    __slots__ = ("arguments", "called", "state")

    def __init__(self, called: Name, arguments: tuple[Any, ...]) -> None:
        self.called = called
        self.arguments = arguments
        self.state: Any = None


def text(value: Any) -> str | None:
    """A value as text, None when it is none; Python 2 wrote its texts as bytes.

    A lone surrogate or broken UTF-8 becomes U+FFFD.
    """
    if isinstance(value, str):
        return value if value.isascii() else value.encode("utf-8", "surrogatepass").decode(
            "utf-8", "replace"
        )  # fmt: skip
    return str(value, "utf-8", "replace") if isinstance(value, bytes) else None


def read_inert(data: memoryview, path: Path, allowed: Collection[Name], remedy: str) -> Any:
    """The value that a pickle of protocol 2 to 5 describes: None, bool, int, float, str, bytes,
    memoryview, list (for a set as well), tuple, dict, Name and Made.

    path: of the file, for messages; allowed: the only names there may be; remedy: what to do
    instead with a pickle that holds others. Raises InvalidData, naming the byte.
    """
    return _Machine(data, path, allowed, remedy).run()


class _Machine:
    """`place` is the byte that is read next; `left` how many containers there may still be."""

    def __init__(
        self, data: memoryview, path: Path, allowed: Collection[Name], remedy: str
    ) -> None:
        self.data = data
        self.path = path
        self.allowed = allowed
        self.remedy = remedy
        self.place = 0
        self.left = 1000 + len(data) // 4
        self.stack: list[Any] = []
        self.marks: list[list[Any]] = []
        self.memo: list[Any] = []

    def refuse(self, what: str) -> NoReturn:
        raise InvalidData(f"{what}, at byte {self.place}; {self.remedy}", path=self.path)

    def damaged(self, what: str) -> NoReturn:
        raise InvalidData(
            f"{what}, at byte {self.place}; it was cut short or altered: fetch or copy it again",
            path=self.path,
        )

    def run(self) -> Any:
        data, size = self.data, len(self.data)
        try:
            while self.place < size:
                code = data[self.place]
                self.place += 1
                _STEPS[code](self)
                if code == _STOP:
                    return self.stack[0]
        except (IndexError, struct.error):
            self.damaged("asks for a value that is not there")
        self.damaged("has no end")

    def unknown(self) -> NoReturn:
        import pickletools

        code = chr(self.data[self.place - 1])
        for opcode in pickletools.opcodes:
            if opcode.code == code:
                self.refuse(f"uses the pickle opcode {opcode.name}, which is not read")
        self.damaged(f"has no opcode where one must stand ({code!r})")

    # What the opcodes take from the file.

    def view(self, length: int) -> memoryview:
        end = self.place + length
        if end > len(self.data):
            self.damaged(f"claims {length} bytes where {len(self.data) - self.place} are left")
        taken = self.data[self.place : end]
        self.place = end
        return taken

    def number(self, kind: struct.Struct) -> Any:
        (value,) = kind.unpack_from(self.data, self.place)
        self.place += kind.size
        return value

    def byte(self) -> int:
        value = self.data[self.place]
        self.place += 1
        return value

    def line(self) -> str:
        taken = bytes(self.data[self.place : self.place + _LONGEST_LINE])
        length = taken.find(b"\n")
        if length < 0:
            self.damaged("has no end of line where one must stand")
        self.place += length + 1
        return taken[:length].decode("ascii", "backslashreplace")

    # What they do.

    def push(self, value: Any) -> None:
        self.stack.append(value)

    def contain(self, value: Any) -> None:
        """Push something that costs more memory than the byte that asked for it."""
        self.left -= 1
        if self.left < 0:
            self.refuse("describes more values than a file of its size holds")
        self.stack.append(value)

    def protocol(self) -> None:
        if not 2 <= self.byte() <= 5:
            self.refuse("is a pickle of a protocol that is not read")

    def frame(self) -> None:
        if self.number(_EIGHT) > len(self.data) - self.place:
            self.damaged("claims a longer frame than the file")

    def stop(self) -> None:
        if len(self.stack) != 1 or self.marks or self.place != len(self.data):
            self.damaged("goes on after its end")

    def string(self, length: int) -> None:
        end = self.place + length
        if end > len(self.data):
            self.damaged(f"claims {length} bytes where {len(self.data) - self.place} are left")
        try:
            self.stack.append(str(self.data[self.place : end], "utf-8", "surrogatepass"))
        except UnicodeDecodeError:
            self.damaged("holds a text that is no UTF-8")
        self.place = end

    def decimal(self) -> None:
        line = self.line()
        if not _DECIMAL.fullmatch(line):
            self.damaged(f"has {line[:20]!r} where a number must stand")
        self.stack.append(int(line))

    def integer(self) -> None:
        # Longer ones, all with one hash, would make a dictionary quadratic.
        length = self.byte()
        if length > 8:
            self.refuse("holds a number of over 64 bits")
        self.stack.append(int.from_bytes(self.view(length), "little", signed=True))

    def whole(self) -> None:
        self.stack.append(_WHOLE.unpack_from(self.data, self.place)[0])
        self.place += 4

    def recall(self) -> None:
        self.stack.append(self.memo[_FOUR.unpack_from(self.data, self.place)[0]])
        self.place += 4

    def memoize(self) -> None:
        self.memo.append(self.stack[-1])

    def keep(self, place: int) -> None:
        # Every pickler counts from 0. A place far out would ask for a memo as large.
        if place != len(self.memo):
            self.damaged(f"remembers value {place} after {len(self.memo)}")
        self.memo.append(self.stack[-1])

    def mark(self) -> None:
        if len(self.marks) == _DEEPEST:
            self.refuse(f"nests over {_DEEPEST} values")
        self.marks.append(self.stack)
        self.stack = []

    def since_mark(self) -> list[Any]:
        taken, self.stack = self.stack, self.marks.pop()
        return taken

    def last(self, count: int) -> tuple[Any, ...]:
        return tuple([self.stack.pop() for _ in range(count)][::-1])

    def append(self, values: list[Any]) -> None:
        target = self.stack[-1]
        if not isinstance(target, list):
            self.damaged("appends to what is no list")
        target.extend(values)

    def fill(self, values: list[Any]) -> None:
        target = self.stack[-1]
        # What is put into a `defaultdict` is checked and dropped: nothing asks for it.
        into = {} if isinstance(target, Made) else target
        if not isinstance(into, dict) or len(values) % 2:
            self.damaged("sets items of what is no dictionary")
        for key, value in zip(values[::2], values[1::2], strict=True):
            key = text(key) if isinstance(key, bytes) else key
            # Other keys, nested ones above all, could take for ever to hash.
            if type(key) not in (str, int):
                self.refuse("has a key that is neither text nor number")
            into[key] = value

    def name(self, module: Any, name: Any) -> None:
        if not (isinstance(module, str) and isinstance(name, str)):
            self.damaged("has a name that is no text")
        named = Name(module, name)
        if named not in self.allowed:
            self.refuse(f"names {f'{module}.{name}'[:_LONGEST_LINE]!r}, which is not read")
        self.stack.append(named)

    def make(self) -> None:
        arguments, called = self.stack.pop(), self.stack.pop()
        if not (isinstance(called, Name) and isinstance(arguments, tuple)):
            self.refuse("calls what is no name")
        self.contain(Made(called, arguments))

    def build(self) -> None:
        state, target = self.stack.pop(), self.stack[-1]
        if not isinstance(target, Made) or target.state is not None:
            self.refuse("sets the state of what has none")
        target.state = state


_OPCODES: dict[bytes, Callable[[_Machine], None]] = {
    b"\x80": _Machine.protocol,
    b"\x95": _Machine.frame,
    b".": _Machine.stop,
    b"N": lambda m: m.push(None),
    b"\x88": lambda m: m.push(True),
    b"\x89": lambda m: m.push(False),
    b"K": lambda m: m.push(m.byte()),
    b"M": lambda m: m.push(m.number(_TWO)),
    b"J": _Machine.whole,
    b"G": lambda m: m.push(m.number(_REAL)),
    b"I": _Machine.decimal,
    b"\x8a": _Machine.integer,
    b"\x8c": lambda m: m.string(m.byte()),
    b"X": lambda m: m.string(m.number(_FOUR)),
    b"\x8d": lambda m: m.string(m.number(_EIGHT)),
    b"C": lambda m: m.push(bytes(m.view(m.byte()))),
    b"U": lambda m: m.push(bytes(m.view(m.byte()))),
    b"B": lambda m: m.contain(m.view(m.number(_FOUR))),
    b"T": lambda m: m.contain(m.view(m.number(_FOUR))),
    b"\x8e": lambda m: m.contain(m.view(m.number(_EIGHT))),
    b"\x96": lambda m: m.contain(m.view(m.number(_EIGHT))),
    b"q": lambda m: m.keep(m.byte()),
    b"r": lambda m: m.keep(m.number(_FOUR)),
    b"\x94": _Machine.memoize,
    b"h": lambda m: m.push(m.memo[m.byte()]),
    b"j": _Machine.recall,
    b"(": _Machine.mark,
    b")": lambda m: m.push(()),
    b"\x85": lambda m: m.contain(m.last(1)),
    b"\x86": lambda m: m.contain(m.last(2)),
    b"\x87": lambda m: m.contain(m.last(3)),
    b"t": lambda m: m.contain(tuple(m.since_mark())),
    b"]": lambda m: m.contain([]),
    b"}": lambda m: m.contain({}),
    b"\x8f": lambda m: m.contain([]),
    b"\x91": lambda m: m.contain(m.since_mark()),
    b"a": lambda m: m.append([m.stack.pop()]),
    b"e": lambda m: m.append(m.since_mark()),
    b"\x90": lambda m: m.append(m.since_mark()),
    b"s": lambda m: m.fill(list(m.last(2))),
    b"u": lambda m: m.fill(m.since_mark()),
    b"c": lambda m: m.name(m.line(), m.line()),
    b"\x93": lambda m: m.name(*m.last(2)),
    b"R": _Machine.make,
    b"\x81": _Machine.make,
    b"b": _Machine.build,
}
_STEPS = [_OPCODES.get(bytes([code]), _Machine.unknown) for code in range(256)]
