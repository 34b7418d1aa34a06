"""Decimal numbers in a block of text to floats, eight characters in one step.

Python's `float` takes 50 ns a number and a loop around it; a file of 400,000 × 300 has 120 million.
Here the last eight characters of every number are gathered as one 64-bit integer, and its digits
are added up inside that integer (after Lemire, "Quickly parsing eight digits", 2018).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["parse_numbers"]

_U = np.uint64
_ZEROS = _U(0x3030303030303030)
_DOTS = _U(0x2E2E2E2E2E2E2E2E)
_ONES = _U(0x0101010101010101)
_HIGH = _U(0x8080808080808080)
# Of a number with n characters, the last n bytes of the word are its own; "0" stands in the others.
_OWN = np.array([((1 << 64) - 1) ^ ((1 << 8 * (8 - n)) - 1) for n in range(9)], dtype=_U)
_FILL = np.array([0x3030303030303030 & ((1 << 8 * (8 - n)) - 1) for n in range(9)], dtype=_U)
_TENS = 10.0 ** np.arange(32)
Words = NDArray[np.uint64]


def _digits(word: Words) -> tuple[Words, NDArray[np.int64], NDArray[np.bool_]]:
    """Value of eight characters without their point, places behind it (-1: none), soundness."""
    other = word ^ _DOTS
    marks = (other - _ONES) & ~other & _HIGH
    dot = marks & (~marks + _U(1))  # the lowest mark is exact: the high bit of the point's byte
    has_dot = dot != 0
    below = np.where(has_dot, (dot >> _U(7)) - _U(1), _U(0))  # the bytes before the point
    above = np.where(has_dot, ~((dot << _U(1)) - _U(1)), ~_U(0))
    packed = np.where(has_dot, (word & above) | ((word & below) << _U(8)) | _U(0x30), word)
    places = np.where(has_dot, 7 - (np.bitwise_count(dot - _U(1)).astype(np.int64) >> 3), -1)
    # A byte is a digit when it is 3x in hexadecimal, and still is with six added.
    tops = _U(0xF0F0F0F0F0F0F0F0)
    sound = ((packed & tops) == _ZEROS) & (((packed + _U(0x0606060606060606)) & tops) == _ZEROS)
    value = packed - _ZEROS
    value = value * _U(10) + (value >> _U(8))
    low = (value & _U(0x000000FF000000FF)) * _U(0x000F424000000064)
    high = ((value >> _U(16)) & _U(0x000000FF000000FF)) * _U(0x0000271000000001)
    return (low + high) >> _U(32), places, sound


def parse_numbers(
    text: bytes, starts: NDArray[np.int64], stops: NDArray[np.int64]
) -> NDArray[np.float32]:
    """The numbers at text[start:stop], shape (len(starts),); NaN where there is no number.

    Plain decimals of up to eight characters beside the sign are taken in bulk, all others
    (exponents, longer ones) one by one by `float`; both round to the nearest float32 but for the
    second rounding from float64.
    """
    padded = np.frombuffer(b"\0" * 8 + text, dtype=np.uint8)
    windows = np.ndarray(
        (len(padded) - 7,), dtype="<u8", buffer=padded.data, strides=(1,)
    )  # every eight bytes, at every byte
    sign = padded[starts + 8]
    negative = sign == ord("-")
    lengths = stops - starts - (negative | (sign == ord("+")))
    short = (lengths > 0) & (lengths <= 8)
    own = np.where(short, lengths, 0)
    value, places, sound = _digits((windows[stops] & _OWN[own]) | _FILL[own])
    numbers = value.astype(np.float64) / _TENS[np.maximum(places, 0)]
    numbers = np.where(negative, -numbers, numbers)
    # A point needs a digit beside it.
    plain = short & sound & ~((lengths == 1) & (places >= 0))
    result = numbers.astype(np.float32)
    for i in np.flatnonzero(~plain).tolist():
        try:
            result[i] = float(text[starts[i] : stops[i]])
        except ValueError:
            result[i] = np.nan
    return result
