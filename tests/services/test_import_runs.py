"""Whole runs against a real store: dry, applied, repeated, interrupted; nothing is lost and nothing comes in twice."""

import asyncio
import csv
import io
import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest
import pytest_asyncio
from pydantic import SecretStr
from rich.console import Console

from domain.errors import Forbidden
from domain.rulebook.rulebook import NoPolicyPublished
from services.city.loader import load
from services.importing.command import ImportRequest, import_file, import_into, show
from services.importing.opening import open_ledger
from services.importing.outcomes import Outcome, RowOutcome
from services.importing.report import CsvReport
from services.marked_yaml import UnusableDocumentError
from services.one_shot import parts
from services.settings import Settings
from services.store.pools import open_pool
from tests.services.city_samples import city_file
from tests.services.import_samples import AT, MAPPING, Desk, codes, csv_text, kinds, load_sample_city, mapping_in, row

IMPORTED, REMARKED = Outcome.IMPORTED, Outcome.IMPORTED_WITH_REMARK
ALREADY, REFUSED = Outcome.ALREADY_IMPORTED, Outcome.REFUSED


@pytest_asyncio.fixture
async def desk(database, tmp_path) -> AsyncIterator[Desk]:
    pool = await open_pool(database.app)
    await load_sample_city(parts(pool), tmp_path)
    yield Desk(parts(pool), tmp_path)
    await pool.close()


async def test_a_dry_run_writes_nothing_and_says_what_would_happen(desk):
    events = await desk.events()
    rows = [row(1), row(2, 区域=""), row(3, 状态="研究中"), row(4, 上报时间="2030-01-01", 办结时间="", 状态="整改中")]
    foreseen = await desk.run_rows(*rows, apply=False)
    assert kinds(foreseen) == [IMPORTED, REMARKED, REFUSED, REFUSED]
    assert codes(foreseen)[2:] == [["value_not_listed"], ["reported_in_future"]]
    assert await desk.events() == events
    applied = await desk.run_rows(*rows)
    assert (kinds(applied), codes(applied)) == (kinds(foreseen), codes(foreseen))
    assert await desk.count() == 2


async def test_a_second_run_finds_every_row_imported(desk):
    rows = [row(number) for number in range(1, 8)]
    first = await desk.run_rows(*rows)
    events = await desk.events()
    assert set(kinds(first)) == {IMPORTED}
    for apply in (True, False):
        second = await desk.run_rows(*rows, apply=apply)
        assert set(kinds(second)) == {ALREADY}
        assert [outcome.number for outcome in second] == [outcome.number for outcome in first]
        assert codes(second) == [[]] * 7
    assert await desk.events() == events


async def test_the_same_record_in_another_file_is_recognised(desk):
    await desk.run_rows(row(1))
    outcomes = await desk.run_rows(row(2), row(1, 描述="改写"))
    assert kinds(outcomes) == [IMPORTED, ALREADY]
    assert codes(outcomes)[1] == ["known_from_elsewhere"]


async def test_a_number_that_stands_twice_in_a_file_comes_in_once(desk):
    desk.batch = 2
    outcomes = await desk.run_rows(row(1), row(1), row(2), row(2, 描述="另一件事"), row(1))
    assert kinds(outcomes) == [IMPORTED, ALREADY, IMPORTED, REFUSED, ALREADY]
    assert codes(outcomes) == [[], ["same_as_line"], [], ["number_used_twice"], ["same_as_line"]]
    assert await desk.count() == 2


async def test_repetitions_of_a_row_that_a_rule_refuses_are_refused_too(desk):
    future = row(1, 上报时间="2030-01-01", 办结时间="", 状态="整改中")
    desk.batch = 2
    outcomes = await desk.run_rows(future, future, future)
    assert codes(outcomes) == [["reported_in_future"]] * 3
    assert set(kinds(outcomes)) == {REFUSED}


async def test_a_line_that_now_means_another_record_is_refused(desk):
    path = desk.file(csv_text([row(1)]))
    await desk.run(path)
    other = MAPPING.replace("source: old-ledger", "source: other-ledger")
    for apply in (False, True):
        assert codes(await desk.run(path, mapping=other, apply=apply)) == [["idempotency_key_reused"]]
    assert await desk.count() == 1


async def test_past_dates_and_ends_become_the_events_and_open_rows_get_running_clocks(desk):
    await desk.run_rows(
        row(1),
        row(2, 状态="作废", 区域=""),
        row(3, 状态="已移交"),
        row(4, 状态="整改中", 办结时间="", 整改期限="2026-12-31"),
        row(5, 状态="待签收", 办结时间="", 来源="微信"),
    )
    rows = await desk.parts.pool.fetch("SELECT * FROM es.current_state WHERE kind = 'item' ORDER BY number")
    assert [found["status"] for found in rows] == ["archived", "voided", "transferred_out", "rectifying", "dispatched"]
    assert {found["reported_at"] for found in rows} == {datetime(2026, 3, 2, 1, tzinfo=UTC)}
    assert [found["updated_at"] for found in rows[:3]] == [datetime(2026, 3, 5, 8, 30, tzinfo=UTC)] * 3
    assert rows[3]["due_at"] == datetime(2026, 12, 31, 15, 59, 59, tzinfo=UTC)
    assert [found["next_due_at"] is None for found in rows] == [True, True, True, False, False]
    voided = await desk.parts.store.stream(rows[1]["stream_id"])
    assert "原台账作废".encode() in voided[-1].data
    commented = await desk.parts.store.stream(rows[4]["stream_id"])
    assert commented[-1].type == "item.commented.v1"


async def test_damaged_rows_are_refused_and_the_others_come_in(desk):
    lines = csv_text([row(number) for number in range(1, 7)]).encode().splitlines(keepends=True)
    lines[2] = lines[2].replace("整夜".encode(), b"\xff\xfe")
    lines[3] = lines[3].replace("整夜".encode(), b"\x00")
    lines[4] = b"A-4,too,short\n"
    lines[6] = lines[6][:30]
    outcomes = await desk.run(desk.file(b"".join(lines)))
    assert [outcome.line for outcome in outcomes] == [2, 3, 4, 5, 6, 7]
    assert kinds(outcomes) == [IMPORTED, REFUSED, REFUSED, REFUSED, IMPORTED, REFUSED]
    assert [found for found in codes(outcomes) if found] == [
        ["bad_encoding"],
        ["nul_character"],
        ["wrong_column_count"],
        ["record_cut_off"],
    ]


async def test_a_ledger_in_gb18030_comes_in(desk):
    path = desk.file(csv_text([row(1, 地址="𠮷祥路")]).encode("gb18030"))
    assert kinds(await desk.run(path, mapping=MAPPING.replace("utf-8-sig", "gb18030"))) == [IMPORTED]
    assert set(kinds(await desk.run(desk.file(csv_text([row(2)]).encode()), apply=False))) == {IMPORTED}


async def test_codes_that_nobody_registered_are_found_before_anything_is_read_in(desk):
    path = desk.file(csv_text([row(1)]))
    with pytest.raises(UnusableDocumentError) as caught:
        await desk.run(path, mapping=MAPPING.replace("路灯处: lamps", "路灯处: lanterns"))
    assert [problem.line for problem in caught.value.problems] == [MAPPING[: MAPPING.index("  unit:")].count("\n") + 1]
    assert await desk.count() == 0


async def test_codes_that_only_the_rows_name_are_refused_row_by_row(desk):
    mapping = MAPPING.replace(
        "unit: {column: 单位, values: {环卫局: sanitation, 路灯处: lamps}}", "unit: {column: 单位}"
    )
    path = desk.file(csv_text([row(1, 单位="lamps"), row(2, 单位="lanterns")]))
    outcomes = await desk.run(path, mapping=mapping)
    assert kinds(outcomes) == [IMPORTED, REFUSED]
    assert codes(outcomes)[1] == ["unknown_unit"]


async def test_nothing_can_be_imported_before_a_city_is_loaded(database, tmp_path):
    pool = await open_pool(database.app)
    with pytest.raises(NoPolicyPublished):
        await Desk(parts(pool), tmp_path).run_rows(row(1))
    await pool.close()


async def test_a_run_that_stops_between_batches_is_carried_on_by_the_next(desk):
    desk.batch = 10
    path = desk.file(csv_text(row(number) for number in range(35)))
    marked = mapping_in(desk.folder)
    run = desk.importer().run(open_ledger(path, marked), marked, at=AT, apply=True)
    for _ in range(2):
        await anext(run)
    await run.aclose()
    assert await desk.count() == 20
    outcomes = await desk.run(path)
    assert Counter(kinds(outcomes)) == {ALREADY: 20, IMPORTED: 15}
    assert await desk.count() == 35
    assert set(kinds(await desk.run(path))) == {ALREADY}


KILLED = """
import asyncio, sys
from pathlib import Path
from services.one_shot import parts
from services.settings import Settings
from services.store.pools import open_pool
from tests.services.import_samples import Desk

async def main():
    desk = Desk(parts(await open_pool(sys.argv[1])), Path(sys.argv[2]), batch=20)
    await desk.run(Path(sys.argv[3]))

asyncio.run(main())
"""


async def test_a_run_killed_at_any_moment_is_carried_on_by_the_next(desk, database):
    total = 1500
    path = desk.file(csv_text(row(number) for number in range(total)))
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])}
    for share in (1, 2):
        arguments = [sys.executable, "-c", KILLED, database.app, str(desk.folder), str(path)]
        process = subprocess.Popen(arguments, env=environment)  # noqa: ASYNC220, S603
        while await desk.count() < share * 400 and process.poll() is None:  # noqa: ASYNC110 - no event to wait for
            await asyncio.sleep(0.005)
        process.send_signal(signal.SIGKILL)
        process.wait()
    outcomes = await desk.run(path)
    assert len(outcomes) == total
    assert set(kinds(outcomes)) <= {ALREADY, IMPORTED}
    assert await desk.count() == total
    numbers = [outcome.number for outcome in outcomes]
    assert len(set(numbers)) == total
    assert await desk.parts.pool.fetchval("SELECT count(*) FROM es.event WHERE type = 'item.reported.v1'") == total


async def test_the_report_has_a_line_for_every_row_and_the_summary_adds_up(desk):
    rows = [row(1), row("=cmd|x", 区域=""), row(3, 状态="研究中"), row(1)]
    path = desk.file(csv_text(rows))
    mapping_in(desk.folder)
    report = desk.folder / "report.csv"
    request = ImportRequest(path, desk.folder / "mapping.yaml", apply=True, report=report)
    summary = await import_into(desk.parts, request, Console(file=io.StringIO()), AT)
    with report.open(encoding="utf-8-sig", newline="") as file:
        lines = list(csv.DictReader(file))
    assert [line["line"] for line in lines] == ["2", "3", "4", "5"]
    assert [line["outcome"] for line in lines] == ["imported", "imported_with_remark", "refused", "already_imported"]
    assert lines[1]["source_id"] == "'=cmd|x"
    assert (lines[2]["column"], lines[2]["code"]) == ("状态", "value_not_listed")
    assert "研究中" in lines[2]["说明"]
    assert "研究中" in lines[2]["explanation"]
    assert summary.rows == 4
    assert summary.outcomes.total() == len(lines)
    for language in ("zh", "en"):
        out = io.StringIO()
        show(summary, Console(file=out, width=200), language)
        assert "value_not_listed" in out.getvalue()


@pytest.mark.parametrize("column", ["编号", "标题", "描述", "地址", "单位", "区域", "类别"])
async def test_a_cell_with_a_control_character_loses_it_or_costs_its_own_row(desk, column):
    mapping = MAPPING.replace("values: {环卫局: sanitation, 路灯处: lamps}", "").replace(
        "{column: 单位, }", "{column: 单位}"
    )
    hidden = row(2, **{column: "\x1b[31m红"}) | ({} if column == "单位" else {"单位": "lamps"})
    path = desk.file(csv_text([row(1, 单位="lamps"), hidden, row(3, 单位="lamps")]))
    for apply in (False, True):
        outcomes = await desk.run(path, mapping=mapping, apply=apply)
        assert (kinds(outcomes)[1] is REFUSED) == (column not in ("标题", "描述", "地址"))
        assert REFUSED not in kinds(outcomes)[::2]
    states = await desk.parts.pool.fetch("SELECT state::text AS state FROM es.current_state")
    assert all("u001b" not in each["state"] for each in states)


@pytest.mark.parametrize("dangerous", ["=1+1", "+1", "-1", "@SUM(A1)", " =1", "\t=1", "＝1+1", "－1"])
def test_no_cell_of_the_report_is_a_formula(dangerous):
    lines: list[Sequence[str]] = []
    CsvReport(lines.append).add([RowOutcome(2, Outcome.IMPORTED, dangerous, dangerous)])
    assert [cell for cell in lines[0] if cell.endswith(dangerous)] == [f"'{dangerous}"] * 2


async def test_a_handler_may_not_import(desk):
    importer = desk.importer()
    importer._actor = importer._actor.model_copy(update={"role": "handler"})
    path = desk.file(csv_text([row(1)]))
    marked = mapping_in(desk.folder)
    run = importer.run(open_ledger(path, marked), marked, at=AT, apply=True)
    assert codes(await anext(run)) == [[Forbidden.code]]
    assert await desk.count() == 0


async def test_the_command_line_loads_and_imports_with_nothing_but_settings(database, tmp_path):
    settings = Settings(database_app_url=SecretStr(database.app))
    loaded = await load(settings, city_file(tmp_path))
    assert loaded.published == ["calendar cn@1", "catalogue city@1", "policy city@1"]
    mapping_in(tmp_path)
    path = tmp_path / "ledger.csv"
    path.write_text(csv_text([row(1), row(2)]), encoding="utf-8")
    request = ImportRequest(path, tmp_path / "mapping.yaml", apply=True)
    summary = await import_file(settings, request, Console(file=io.StringIO()))
    assert summary.outcomes == {IMPORTED: 2}
