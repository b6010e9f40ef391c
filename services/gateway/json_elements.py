"""Cuts a JSON array into its elements without reading them, so that one that cannot be read spoils no other."""

import json
import re
from contextlib import suppress
from typing import cast

# Whole texts, runs of brackets, commas: everything else lies between and needs no look.
_TOKENS = re.compile(rb'"(?:[^"\\]++|\\.)*+"|[\[{]+|[\]}]+|,|"', re.DOTALL)
_OPENING = b"[{"


def elements_of(array: bytes) -> list[bytes] | None:
    """The elements as they stand; None where the brackets and quotes of the whole do not match, or it is no array."""
    text = array.strip(b" \t\r\n")
    if not text.startswith(b"[") or not text.endswith(b"]"):
        return None
    found: list[bytes] = []
    begin, depth = 1, 0
    for token in _TOKENS.finditer(text):
        first = token[0][:1]
        if first in _OPENING:
            depth += len(token[0])
        elif first == b",":
            if depth == 1:
                found.append(text[begin : token.start()])
                begin = token.end()
        elif first == b'"':
            if len(token[0]) == 1:
                return None  # a text that never ends
        else:
            depth -= len(token[0])
            if depth <= 0 and token.end() < len(text):
                return None  # the array ended before its end
    if depth != 0:
        return None
    found.append(text[begin:-1])
    return None if any(not element.strip(b" \t\r\n") for element in found) else found


def text_in(element: bytes, name: str) -> str | None:
    """A text that a broken object still says of itself, so that its sender finds it; None where it says none."""
    whole: object = None
    with suppress(ValueError, RecursionError):
        whole = json.loads(element)  # takes what stricter readers refuse: NaN, lone surrogates, some depth
    value = cast("dict[str, object]", whole).get(name) if isinstance(whole, dict) else None
    if not isinstance(value, str) or any("\ud800" <= sign <= "\udfff" for sign in value):
        return None
    return value
