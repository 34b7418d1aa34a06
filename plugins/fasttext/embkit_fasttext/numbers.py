"""Decimal numbers in a block of text to floats, eight characters in one step.

Python's `float` takes 50 ns a number and a loop around it; a file of 400,000 × 300 has 120 million.
Here eight characters of every number are gathered as one 64-bit integer, the first in its lowest
byte, and its digits are added up inside that integer (after Lemire, "Quickly parsing eight digits",
2018).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["MARGIN", "parse_numbers"]

# What stands around the numbers in their text, so that sixteen characters can be taken.
MARGIN = 16
_U, _H = np.uint64, np.uint32
_BYTE, _EIGHT, _MINUS = _U(0xFF), _U(8), ord("-")
# Of eight characters, the first n.
_FIRST = np.array([(1 << 8 * n) - 1 for n in range(9)], dtype=_U)
# "0.000000" and "00000000": what a digit or the point is without it, is its value or nothing.
_FORM, _DIGITS = _U(0x3030303030302E30), _U(0x3030303030303030)
# Added to these values, it sets the high bit of a byte that is no digit, or not the point.
_FORM_LIMITS, _LIMITS = _U(0x7676767676767F76), _U(0x7676767676767676)
_HIGH = _U(0x8080808080808080)
Words = NDArray[np.uint64]
Numbers = NDArray[np.int64]


def _value(word: Words) -> Words:
    """The number that eight bytes with the values of digits make, in place of them."""
    tens = word * _U(10)
    word >>= _EIGHT
    word += tens
    low = word & _U(0x000000FF000000FF)
    low *= _U(0x000F424000000064)
    word >>= _U(16)
    word &= _U(0x000000FF000000FF)
    word *= _U(0x0000271000000001)
    word += low
    word >>= _U(32)
    return word


def _usual(word: Words, lengths: Numbers) -> tuple[NDArray[np.float32], NDArray[np.bool_] | None]:
    """Values of numbers like 0.1234 or 5, with up to six digits behind the point, and which are.

    None: all are. word: the first eight characters; lengths: of the numbers, without a sign.
    """
    alike = (lengths == lengths[0]).all()
    word ^= _FORM
    word &= _FIRST[np.clip(lengths[:1] if alike else lengths, 0, 8)]
    wrong = word + _FORM_LIMITS
    wrong |= word
    sound = None
    if np.bitwise_or.reduce(wrong) & _HIGH or lengths.min() < 1 or lengths.max() > 8:
        wrong &= _HIGH
        sound = (wrong == 0) & (lengths > 0) & (lengths <= 8)
    word += (word & _BYTE) * _BYTE  # the digit before the point takes the place of the point
    # The whole, at most 9,999,999, and the divisor are floats, so the quotient is the nearest one.
    values = _value(word).view(np.int32)[::2].astype(np.float32)
    values /= np.float32(1e6)
    return values, sound


def _longer(
    eights: Words, starts: Numbers, lengths: Numbers
) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """The same for 7 to 14 digits behind the point; starts: behind a sign."""
    first, middle, last = (eights[starts + place] for place in (0, 2, 10))
    first &= _U(0xFFFF)
    first ^= _FORM & _U(0xFFFF)
    middle ^= _DIGITS
    middle &= _FIRST[np.clip(lengths - 2, 0, 8)]
    last ^= _DIGITS
    last &= _FIRST[np.clip(lengths - 10, 0, 8)]
    wrong = (middle + _LIMITS) | middle | (last + _LIMITS) | last
    sound = (first < 10) & ((wrong & _HIGH) == 0) & (lengths > 8) & (lengths <= 16)
    first *= _U(10**14)
    first += _value(middle) * _U(10**6)
    first += _value(last << _U(16))  # six digits at most, behind two zeros
    return (first / 1e14).astype(np.float32), sound


def _with_four_decimals(
    eights: Words, stops: Numbers, lengths: Numbers
) -> NDArray[np.float32] | None:
    """Values of numbers all like 0.1234 or -0.1234, as fastText's files have them; None if not all.

    Half as wide as the numbers of `_usual`, its steps take half the time.
    """
    if lengths.min() < 6 or lengths.max() > 7:
        return None
    halves = eights[stops - 8].view("<u4")  # a character, "-" of a negative number, "0." and "1234"
    head = halves[::2] ^ _H(0x2E302D00)
    tail = halves[1::2] - _H(0x30303030)
    negative = (lengths - 6).astype(np.uint32)
    wrong = tail + _H(0x76767676)
    wrong |= tail
    sign = head >> _H(8)
    sign &= _H(0xFF)
    sign *= negative
    head >>= _H(16)  # the digit before the point, if there is a digit and a point
    if np.bitwise_or.reduce(wrong) & _H(0x80808080) or sign.any() or head.max() > 9:
        return None
    value = tail * _H(10)
    tail >>= _H(8)
    value += tail
    value &= _H(0x00FF00FF)
    value *= _H(0x00640001)
    value >>= _H(16)
    head *= _H(10_000)
    value += head
    return _signed(value.view(np.int32).astype(np.float32) / np.float32(1e4), negative)


def _signed(values: NDArray[np.float32], negative: NDArray[np.uint32]) -> NDArray[np.float32]:
    """Values, changed in place to those below zero where negative is 1, zero too."""
    bits = values.view(np.uint32)
    bits |= negative << _H(31)
    return values


def _any(text: bytes) -> float:
    """Any number that Python knows, but for the underscores it allows; NaN for none."""
    try:
        return np.nan if b"_" in text else float(text)
    except ValueError:
        return np.nan


def parse_numbers(text: NDArray[np.uint8], starts: Numbers, stops: Numbers) -> NDArray[np.float32]:
    """The numbers at text[start:stop], shape (len(starts),); NaN where there is no number.

    text: with MARGIN bytes before the first number and behind the last, whatever they are.
    Numbers of one digit, a point and up to fourteen digits are taken in bulk, all others one by one
    by `float`. Each is the float32 nearest to the number itself or to the nearest float64; infinite
    where that is out of range.
    """
    if not len(starts):
        return np.zeros(0, dtype=np.float32)
    eights = np.ndarray((len(text) - 7,), dtype="<u8", buffer=text, strides=(1,))
    lengths = stops - starts
    alike = _with_four_decimals(eights, stops, lengths)
    if alike is not None:
        return alike
    word = eights[starts]
    negative = (word & _BYTE) == _MINUS
    lengths -= negative
    if lengths.max() < 8:
        word >>= negative * _EIGHT
    else:  # of a number of eight characters, the sign has pushed the last one out
        word = eights[starts + negative]
    values, sound = _usual(word, lengths)
    if sound is not None:
        rest = np.flatnonzero(~sound)
        values[rest], sound[rest] = _longer(eights, (starts + negative)[rest], lengths[rest])
        rest = rest[~sound[rest]]
        negative[rest] = False
        with np.errstate(over="ignore"):
            for i in rest.tolist():
                values[i] = _any(text[starts[i] : stops[i]].tobytes())
    return _signed(values, negative.astype(np.uint32))
