"""A real ledger of a real city, counted from the file and by the API: category, status, unit and month agree."""

import csv
import gzip
from collections import Counter
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path

import pytest
import pytest_asyncio
from rich.console import Console

from domain.actor import Actor, Role
from services.city.city_file import read_city
from services.city.loader import load_city
from services.embedded.databases import DatabaseAddresses
from services.importing.command import ImportRequest, import_into
from services.importing.outcomes import Summary
from services.one_shot import OneShot, parts
from services.store.pools import open_pool
from tests.services.gateway_samples import empty_city

ROOT = Path(__file__).parents[2]
EXCERPT = Path(__file__).parent / "data" / "myla311-excerpt.csv"
REAL = ROOT.parent / "shared" / "data" / "myla311-2017-12.csv.gz"
AT = datetime(2026, 11, 20, 8, 30, tzinfo=UTC)

CATEGORIES = {
    "Bulky Items": "bulky-items",
    "Graffiti Removal": "graffiti",
    "Illegal Dumping Pickup": "illegal-dumping",
    "Metal/Household Appliances": "household-appliances",
    "Electronic Waste": "electronic-waste",
    "Homeless Encampment": "homeless-encampment",
    "Dead Animal Removal": "dead-animal",
    "Single Streetlight Issue": "single-streetlight",
    "Multiple Streetlight Issue": "multiple-streetlights",
    "Report Water Waste": "water-waste",
    "Feedback": "feedback",
    "Other": "other",
}
STATUSES = {"Closed": "archived", "Cancelled": "voided", "Referred Out": "transferred_out", "Open": "rectifying"}
DIMENSIONS = ("category", "status", "unit", "month")


@pytest_asyncio.fixture
async def los_angeles(database) -> AsyncIterator[OneShot]:
    pool = await open_pool(database.app)
    made = parts(pool)
    city = read_city(ROOT / "mappings" / "myla311-city.yaml")
    administrator = Actor(principal="administrator:test", role=Role.ADMINISTRATOR)
    await load_city(city, made.handler, made.rulebooks, administrator, AT)
    yield made
    await pool.close()


async def imported(made: OneShot, file: Path, report: Path, *, apply: bool = True) -> Summary:
    request = ImportRequest(file, ROOT / "mappings" / "myla311.yaml", apply=apply, report=report)
    return await import_into(made, request, Console(file=StringIO()), AT)


async def counted_by_the_api(database: DatabaseAddresses) -> dict[str, Counter[str]]:
    counts: dict[str, Counter[str]] = {}
    async with empty_city(database) as gateway, gateway.client("administrator") as client:
        for name in DIMENSIONS:
            answer = await client.get("/v1/items/counts", params={"by": name})
            counts[name] = Counter({count[name]: count["items"] for count in answer.json()["counts"]})
    return counts


def counted_in_the_file(records: list[dict[str, str]]) -> dict[str, Counter[str]]:
    """Straight from the columns, without anything the import uses: MM/DD/YYYY is a month as it stands."""
    return {
        "category": Counter(CATEGORIES[record["RequestType"]] for record in records),
        "status": Counter(STATUSES[record["Status"]] for record in records),
        "unit": Counter(record["Owner"] for record in records),
        "month": Counter(record["CreatedDate"][6:10] + "-" + record["CreatedDate"][:2] for record in records),
    }


def lines_of(report: Path) -> list[dict[str, str]]:
    with report.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


async def test_an_excerpt_with_every_kind_of_dirt_is_accounted_for_row_by_row(los_angeles, database, tmp_path):
    report = tmp_path / "report.csv"
    summary = await imported(los_angeles, EXCERPT, report)
    rows = lines_of(report)
    assert [int(row["line"]) for row in rows] == list(range(2, 24))
    assert {int(row["line"]): row["code"] for row in rows if row["outcome"] == "refused"} == {
        13: "value_not_listed",
        14: "unreadable_date",
        15: "value_not_listed",
        16: "number_used_twice",
        17: "value_missing",
        18: "bad_encoding",
        19: "nul_character",
        20: "wrong_column_count",
        21: "broken_quotes",
        23: "record_cut_off",
    }
    assert {int(row["line"]): row["code"] for row in rows if row["outcome"] == "imported_with_remark"} == {
        4: "closed_before_reported",
        8: "default_used",
        9: "due_before_reported",
        12: "location_ignored",
    }
    assert summary.rows == 22
    good = {int(row["line"]) for row in rows if row["outcome"] != "refused"}
    text = EXCERPT.read_bytes().decode("utf-8", "replace").splitlines()
    records = list(csv.DictReader([text[0], *(text[line - 1] for line in sorted(good))]))
    assert await counted_by_the_api(database) == counted_in_the_file(records)


@pytest.mark.skipif(not REAL.exists(), reason="the published file does not lie beside the repository")
async def test_the_real_file_comes_in_whole_and_the_counts_agree(los_angeles, database, tmp_path):
    with gzip.open(REAL, "rt", encoding="utf-8", newline="") as file:
        records = list(csv.DictReader(file))
    foreseen = await imported(los_angeles, REAL, tmp_path / "dry.csv", apply=False)
    assert await los_angeles.pool.fetchval("SELECT count(*) FROM es.current_state WHERE kind = 'item'") == 0
    summary = await imported(los_angeles, REAL, tmp_path / "report.csv")
    assert summary.outcomes == foreseen.outcomes
    assert summary.rows == len(records) == 9999
    assert summary.refusals.total() == 0
    assert summary.remarks["closed_before_reported"] == 12
    assert summary.remarks["default_used"] == 4
    assert await counted_by_the_api(database) == counted_in_the_file(records)
    again = await imported(los_angeles, REAL, tmp_path / "again.csv")
    assert again.outcomes == {"already_imported": 9999}
    assert len(lines_of(tmp_path / "again.csv")) == 9999
