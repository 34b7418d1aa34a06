"""Decimal numbers in a block of text to floats, eight characters in one step.

Python's `float` takes 50 ns a number and a loop around it; a file of 400,000 × 300 has 120 million.
Here eight characters of every number are gathered as one 64-bit integer, and its digits are added
up inside that integer (after Lemire, "Quickly parsing eight digits", 2018).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["parse_numbers"]

_U = np.uint64
_ZEROS = _U(0x3030303030303030)
_DOTS = _U(0x2E2E2E2E2E2E2E2E)
_ONES = _U(0x0101010101010101)
_TOPS = _U(0xF0F0F0F0F0F0F0F0)
_HIGH = _U(0x8080808080808080)
_TENS = 10.0 ** np.arange(17)
Words = NDArray[np.uint64]
Numbers = NDArray[np.int64]
Values = tuple[NDArray[np.float64], NDArray[np.bool_]]


def _last(count: int) -> tuple[int, int]:
    """Masks of the last bytes of a word, and of "0" in all others."""
    own = ((1 << 64) - 1) ^ ((1 << 8 * (8 - count)) - 1)
    return own, 0x3030303030303030 & ~own


# Of a number with n characters, the last n bytes of the word are its own; "0" stands in the others.
_OWN, _FILL = np.array([_last(n) for n in range(9)], dtype=_U).T.copy()
# Behind a digit and a point, n - 2 are left; of fewer than 3 and more than 8 nothing is made.
_BEHIND = [_last(n - 2) if 3 <= n <= 8 else (0, 0) for n in range(10)]
_TAIL, _TAIL_FILL = np.array(_BEHIND, dtype=_U).T.copy()
_LEAD = np.array([8 * (8 - n) if 3 <= n <= 8 else 0 for n in range(10)], dtype=_U)
_SCALE = np.array([10 ** max(n - 2, 0) for n in range(10)], dtype=_U)
_SCALES = _SCALE.astype(np.float64)


def _are_digits(word: Words) -> NDArray[np.bool_]:
    """Whether each of eight characters is a digit: 3x in hexadecimal, and still with six added."""
    again = ((word + _U(0x0606060606060606)) & _TOPS) >> _U(4)
    sound: NDArray[np.bool_] = ((word & _TOPS) | again) == _U(0x3333333333333333)
    return sound


def _value(word: Words) -> Words:
    """What eight digits say."""
    word = word - _ZEROS
    word = word * _U(10) + (word >> _U(8))
    low = (word & _U(0x000000FF000000FF)) * _U(0x000F424000000064)
    high = ((word >> _U(16)) & _U(0x000000FF000000FF)) * _U(0x0000271000000001)
    return (low + high) >> _U(32)


def _usual(word: Words, lengths: Numbers) -> Values:
    """Values of numbers like 0.1234: one digit, a point and one to six digits; and which are."""
    tail = (word & _TAIL[lengths]) | _TAIL_FILL[lengths]
    # The digit and the point, as the number 0x2E30 and up; all else is far from it.
    lead = ((word >> _LEAD[lengths]) & _U(0xFFFF)) - _U(0x2E30)
    value = lead * _SCALE[lengths] + _value(tail)
    return value.astype(np.float64) / _SCALES[lengths], _are_digits(tail) & (lead < _U(10))


def _digits(word: Words) -> tuple[Words, Numbers, NDArray[np.bool_]]:
    """Value of eight characters without their point, digits behind it (-1: no point), soundness."""
    other = word ^ _DOTS
    marks = (other - _ONES) & ~other & _HIGH
    dot = marks & (~marks + _U(1))  # the lowest mark is exact: the high bit of the point's byte
    has_dot = dot != 0
    below = np.where(has_dot, (dot >> _U(7)) - _U(1), _U(0))  # the bytes before the point
    above = np.where(has_dot, ~((dot << _U(1)) - _U(1)), ~_U(0))
    packed = np.where(has_dot, (word & above) | ((word & below) << _U(8)) | _U(0x30), word)
    places = np.where(has_dot, 7 - (np.bitwise_count(dot - _U(1)).astype(np.int64) >> 3), -1)
    return _value(packed), places, _are_digits(packed)


def _short(word: Words, lengths: Numbers) -> Values:
    """Values of plain decimals of one to eight characters, and which are."""
    value, places, sound = _digits((word & _OWN[lengths]) | _FILL[lengths])
    # A point needs a digit beside it.
    sound &= (lengths > 1) | (places < 0)
    return value.astype(np.float64) / _TENS[np.maximum(places, 0)], sound


def _long(head: Words, tail: Words, lengths: Numbers) -> Values:
    """The same for nine to sixteen characters: the last eight, and those before them."""
    head, head_places, head_sound = _digits((head & _OWN[lengths - 8]) | _FILL[lengths - 8])
    tail, tail_places, tail_sound = _digits(tail)
    # The tail has seven digits when the point is in it, else eight.
    shift = np.where(tail_places < 0, _U(10**8), _U(10**7))
    places = np.where(head_places < 0, np.maximum(tail_places, 0), head_places + 8)
    sound = head_sound & tail_sound & ((head_places < 0) | (tail_places < 0))
    return (head * shift + tail).astype(np.float64) / _TENS[places], sound


def _any(text: bytes) -> float:
    """Any number that Python knows, but for the underscores it allows; NaN for none."""
    try:
        return np.nan if b"_" in text else float(text)
    except ValueError:
        return np.nan


def parse_numbers(text: bytes, starts: Numbers, stops: Numbers) -> NDArray[np.float32]:
    """The numbers at text[start:stop], shape (len(starts),); NaN where there is no number.

    Plain decimals of up to sixteen characters beside the sign are taken in bulk, all others
    (exponents, longer ones) one by one by `float`. Each is the float32 nearest to the nearest
    float64; infinite where that is out of range.
    """
    padded = np.frombuffer(b"\0" * 16 + text, dtype=np.uint8)
    # Every eight bytes of text at every byte; the number that ends at `stop` fills windows[stop].
    windows = np.ndarray((len(text) + 1,), dtype="<u8", buffer=padded[8:].data, strides=(1,))
    sign = padded[starts + 16]
    negative = sign == ord("-")
    lengths = stops - starts - (negative | (sign == ord("+")))
    word = windows[stops]
    usual = np.minimum(lengths, 9)
    if len(usual) and (usual == usual[0]).all():
        usual = usual[:1]  # all of one length, as `%.4f` writes them: one mask serves all
    numbers, sound = _usual(word, usual)
    rest = np.flatnonzero(~sound)
    rest = rest[lengths[rest] > 0]
    short, long = rest[lengths[rest] <= 8], rest[(lengths[rest] > 8) & (lengths[rest] <= 16)]
    numbers[short], sound[short] = _short(word[short], lengths[short])
    numbers[long], sound[long] = _long(windows[stops[long] - 8], word[long], lengths[long])
    bits = numbers.view(np.uint64)
    bits |= negative.astype(np.uint64) << _U(63)
    for i in np.flatnonzero(~sound).tolist():
        numbers[i] = _any(text[starts[i] : stops[i]])
    with np.errstate(over="ignore"):
        return numbers.astype(np.float32)
