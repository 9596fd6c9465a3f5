"""Reading JSON exactly: what JSON does not have, or a float cannot hold, is an error."""

from __future__ import annotations

from json import JSONDecoder
from math import isinf
from typing import NoReturn

__all__ = ["decode", "decode_exponents"]


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is no JSON value")


def _finite(text: str) -> float:
    number = float(text)
    if isinf(number):
        raise ValueError(f"{text} is beyond the range of floats")
    return number


decode = JSONDecoder(parse_constant=_refuse).decode
"""For documents without exponents: their floats need no check, which keeps the fast path of the parser."""

decode_exponents = JSONDecoder(parse_constant=_refuse, parse_float=_finite).decode
"""For documents in which a number may have an exponent."""
