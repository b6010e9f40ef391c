"""A ledger as an office keeps it, with the mapping that fits it and the city of the other tests."""

import csv
import io
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

from domain.actor import Actor, Role
from services.city.city_file import read_city
from services.city.loader import load_city
from services.handling.numbers import ItemNumbers
from services.importing.importer import Importer
from services.importing.mapping import MarkedMapping, read_mapping
from services.importing.opening import open_ledger
from services.importing.outcomes import Outcome, RowOutcome
from services.one_shot import OneShot
from services.store.import_queries import ImportQueries
from tests.services.city_samples import city_file

AT = datetime(2026, 11, 20, 8, 30, tzinfo=UTC)
OFFICE = Actor(principal="office:test", role=Role.OFFICE)

COLUMNS = (
    "编号",
    "类别",
    "区域",
    "单位",
    "来源",
    "状态",
    "上报时间",
    "办结时间",
    "整改期限",
    "标题",
    "描述",
    "地址",
    "纬度",
    "经度",
)

MAPPING = """\
source: old-ledger
timezone: Asia/Shanghai
file:
  encoding: utf-8-sig
fields:
  source_id: {column: 编号}
  category:
    column: 类别
    values: {垃圾: rubbish, 路灯: lamp}
  area:
    column: 区域
    values: {东街: east, 西街: west}
    default: city
  unit: {column: 单位, values: {环卫局: sanitation, 路灯处: lamps}}
  channel: {column: 来源, values: {热线: hotline, 巡查: patrol}, otherwise: complaint}
  status:
    column: 状态
    outcomes:
      已办结: {outcome: closed}
      整改中: {outcome: rectifying}
      待签收: {outcome: dispatched}
      作废: {outcome: voided, reason: 原台账作废}
      已移交: {outcome: transferred_out, authority: 省住建厅}
  reported_at: {column: 上报时间}
  closed_at: {column: 办结时间}
  rectify_by: {column: 整改期限, whole_day: true}
  title: {template: "{类别}：{标题}"}
  description: {column: 描述}
  address: {column: 地址}
  latitude: {column: 纬度}
  longitude: {column: 经度}
"""

GOOD = {
    "编号": "A-1",
    "类别": "路灯",
    "区域": "东街",
    "单位": "路灯处",
    "来源": "热线",
    "状态": "已办结",
    "上报时间": "2026-03-02 09:00:00",
    "办结时间": "2026-03-05 16:30:00",
    "整改期限": "2026-03-06",
    "标题": "路灯不亮",
    "描述": "整夜不亮, 行人摸黑",
    "地址": "东街 12 号",
    "纬度": "30.5928",
    "经度": "114.3055",
}


def row(number: int | str, **changes: str) -> dict[str, str]:
    """A good row under a number of its own, with some cells changed."""
    return GOOD | {"编号": f"A-{number}" if isinstance(number, int) else number} | changes


def csv_text(rows: Iterable[dict[str, str]], columns: Iterable[str] = COLUMNS) -> str:
    out = io.StringIO()
    writer = csv.DictWriter(out, list(columns), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


def mapping_in(folder: Path, text: str = MAPPING) -> MarkedMapping:
    path = folder / "mapping.yaml"
    path.write_text(text, encoding="utf-8")
    return read_mapping(path)


async def load_sample_city(parts: OneShot, folder: Path) -> None:
    administrator = Actor(principal="administrator:test", role=Role.ADMINISTRATOR)
    await load_city(read_city(city_file(folder)), parts.handler, parts.rulebooks, administrator, AT)


class Desk:
    """Where ledgers are imported: a loaded city, and a folder for files."""

    def __init__(self, parts: OneShot, folder: Path, batch: int = 500) -> None:
        self.parts = parts
        self.folder = folder
        self.batch = batch

    def file(self, content: str | bytes, name: str = "ledger.csv") -> Path:
        path = self.folder / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    def importer(self) -> Importer:
        numbers, queries = ItemNumbers(self.parts.store), ImportQueries(self.parts.pool)
        return Importer(self.parts.handler, self.parts.rulebooks, numbers, queries, OFFICE, self.batch)

    async def run(self, path: Path, *, mapping: str = MAPPING, apply: bool = True) -> list[RowOutcome]:
        marked = mapping_in(self.folder, mapping)
        run = self.importer().run(open_ledger(path, marked), marked, at=AT, apply=apply)
        return [outcome async for outcomes in run for outcome in outcomes]

    async def run_rows(self, *rows: dict[str, str], apply: bool = True) -> list[RowOutcome]:
        return await self.run(self.file(csv_text(rows)), apply=apply)

    async def count(self) -> int:
        return await self.parts.pool.fetchval("SELECT count(*) FROM es.current_state WHERE kind = 'item'")

    async def events(self) -> int:
        return await self.parts.pool.fetchval("SELECT count(*) FROM es.event")


def kinds(outcomes: Iterable[RowOutcome]) -> list[Outcome]:
    return [outcome.outcome for outcome in outcomes]


def codes(outcomes: Iterable[RowOutcome]) -> list[list[str]]:
    return [[note.code for note in outcome.notes] for outcome in outcomes]
