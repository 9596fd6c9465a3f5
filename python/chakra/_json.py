"""Reading JSON exactly: what JSON does not have, or a float cannot hold, is an error."""

from __future__ import annotations

from decimal import Decimal
from json import JSONDecoder
from math import isinf
from typing import NoReturn

__all__ = ["decode", "decode_carefully"]


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is no JSON value")


def _exact(text: str) -> float:
    number = float(text)
    if isinf(number):
        raise ValueError(f"{text} is beyond the range of floats")
    # A float means its exact value as well as the shortest text that reads as it.
    if Decimal(text) not in (Decimal(repr(number)), Decimal(number)):
        raise ValueError(f"{text} is finer than floats are")
    return number


decode = JSONDecoder(parse_constant=_refuse).decode
"""For documents of short numbers without exponents: floats hold these, which keeps the fast path of the parser."""

decode_carefully = JSONDecoder(parse_constant=_refuse, parse_float=_exact).decode
"""For documents in which a number may be too great or too fine for a float."""
