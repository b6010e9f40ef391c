"""What people write must be seen, and must not command the terminals and pages that show it."""

import pytest
from pydantic import TypeAdapter, ValidationError

from domain.decider import Reason
from domain.item.values import Evidence
from domain.text import Code, Line, Passage

UNSEEN = ["", " ", "   \t", "\u200b", "\u00a0\u3000", "\ufeff"]
COMMANDING = ["\x1b[31mred", "a\x00b", "bell\x07", "\x9bc"]


@pytest.mark.parametrize("text", [*UNSEEN, *COMMANDING, "two\nlines", "para\u2029graph"])
def test_no_line(text):
    with pytest.raises(ValidationError):
        TypeAdapter(Line).validate_python(text)


@pytest.mark.parametrize("text", [*UNSEEN, *COMMANDING])
def test_no_passage_and_no_reason(text):
    for kind in (Passage, Reason):
        with pytest.raises(ValidationError):
            TypeAdapter(kind).validate_python(text)


@pytest.mark.parametrize("text", ["东街12号井盖缺失", "两行\n的说明\t缩进", "emoji 🚧", "。"])
def test_what_can_be_read_is_a_reason(text):
    assert TypeAdapter(Reason).validate_python(text) == text


@pytest.mark.parametrize("code", ["a/b", "a b", "a?b", "a#b", "a%2Fb", "a\\b", "", " "])
def test_a_code_fits_an_address(code):
    with pytest.raises(ValidationError):
        TypeAdapter(Code).validate_python(code)


@pytest.mark.parametrize("code", ["330102001", "城管局", "BOS", "area-binjiang"])
def test_codes_of_the_field(code):
    assert TypeAdapter(Code).validate_python(code) == code


@pytest.mark.parametrize("uri", ["javascript:alert(1)", "data:text/html,x", " ", "file:///etc/passwd", "photo.jpg"])
def test_evidence_is_fetched_never_run(uri):
    with pytest.raises(ValidationError):
        Evidence(uri=uri)


def test_evidence_lies_where_it_can_be_fetched():
    assert Evidence(uri="https://photos.example/1.jpg").kind == "document"
