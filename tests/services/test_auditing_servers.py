"""A server that answers with anything cannot make the check of its log run for ever, fill the memory or fall over."""

import httpx
import orjson
import pytest

from services.auditing import sources
from services.auditing.sources import Gateway, UnreadableError


def served(*answers: object) -> Gateway:
    """A server that gives one answer after the other, the last of them for ever."""
    left = list(answers)

    def answer(_request: httpx.Request) -> httpx.Response:
        content = left.pop(0) if len(left) > 1 else left[0]
        return httpx.Response(200, content=content if isinstance(content, bytes) else orjson.dumps(content))

    return Gateway("https://log.example/v1/log", None, httpx.MockTransport(answer))


@pytest.mark.parametrize("following", [0, -1, 7, "8", [9]])
def test_pages_that_never_end_are_refused(following):
    pages = {"checkpoints": ["a"], "next": 7}, {"checkpoints": ["b"], "next": following}
    with served(*pages) as log, pytest.raises(UnreadableError):
        list(log.checkpoints())


@pytest.mark.parametrize(
    "page",
    [
        b"<html>",
        7,
        {"checkpoints": [7]},
        {"checkpoints": 7},
        {"timestamps": [{}]},
        {"timestamps": [{"size": 1, "answer": "é"}]},
        {"timestamps": [{"size": [], "answer": ""}]},
    ],
)
def test_a_page_that_is_none_is_refused(page):
    with served(page) as log, pytest.raises(UnreadableError):
        list(log.checkpoints())
        list(log.time_stamps())


def test_an_answer_without_a_length_is_read_so_far_and_no_further(monkeypatch):
    monkeypatch.setattr(sources, "_LARGEST_ANSWER", 1000)
    with served(b"a" * 1001) as log, pytest.raises(UnreadableError):
        log.read("checkpoint")
    with served(b"a" * 1000) as log:
        assert log.read("checkpoint") == b"a" * 1000
