"""One furnished city for a whole module, in a thread of its own: tools that know no loops ask it too."""

import logging
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog

from services.embedded.databases import DatabaseAddresses
from services.embedded.postgres import SUPERUSER, EmbeddedPostgres
from tests.conftest import await_now, execute
from tests.fuzzing.city import FuzzedCity
from tests.fuzzing.furnishing import furnished_city
from tests.fuzzing.loop_thread import LoopThread


@pytest.fixture(scope="module")
def city_database(postgres: EmbeddedPostgres, template_database: str) -> Iterator[DatabaseAddresses]:
    """A migrated database for all tests of a module: nothing that they do remains."""
    name = f"fuzzed_{os.getpid()}"
    maintenance = postgres.dsn(SUPERUSER, "postgres")
    await_now(execute(maintenance, f"CREATE DATABASE {name} TEMPLATE {template_database}"))
    yield DatabaseAddresses.embedded(postgres.layout, name)
    await_now(execute(maintenance, f"DROP DATABASE {name} WITH (FORCE)"))


@pytest.fixture(scope="module")
def living(
    city_database: DatabaseAddresses, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[LoopThread[FuzzedCity]]:
    """The city, opened."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    folder: Path = tmp_path_factory.mktemp("log")
    with LoopThread(lambda: furnished_city(city_database, folder)).running() as thread:
        yield thread
    structlog.reset_defaults()
