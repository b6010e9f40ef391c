"""What tests of several services share: platforms of robots that answer like the real ones."""

from collections.abc import Iterator

import pytest

from tests.services.fake_platforms import Platforms, platforms_at_work


@pytest.fixture
def platforms() -> Iterator[Platforms]:
    with platforms_at_work() as working:
        yield working
