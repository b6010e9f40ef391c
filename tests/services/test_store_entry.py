"""The entry's bytes are RFC 8785, whatever texts are in it, because auditors' tools will recompute them."""

import hashlib
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from uuid import UUID

import pytest
import rfc8785
from hypothesis import given, settings
from hypothesis import strategies as st

from services.store.entry import entry_bytes, fixed_utc
from tests.services.store_samples import command

SALT = bytes(range(16))
texts = st.text(st.characters(codec="utf-8"), max_size=60)
instants = st.datetimes(timezones=st.sampled_from([UTC, timezone(timedelta(hours=8)), timezone(-timedelta(hours=9.5))]))


@settings(max_examples=400, derandomize=True, deadline=None)
@given(
    key=texts,
    actor=texts,
    role=texts,
    campaign=st.none() | texts,
    unit=st.none() | texts,
    area=st.none() | texts,
    kind=texts,
    type_=texts,
    at=instants.filter(lambda at: 1 < at.year < 9999),
    version=st.integers(1, 2**53 - 1),
    schema_version=st.integers(1, 10_000),
    data=st.binary(max_size=40),
)
def test_an_entry_is_canonical_json_of_the_metadata(
    key: str,
    actor: str,
    role: str,
    campaign: str | None,
    unit: str | None,
    area: str | None,
    kind: str,
    type_: str,
    at: datetime,
    version: int,
    schema_version: int,
    data: bytes,
) -> None:
    written = replace(
        command(key="k"), key=key, actor=actor, actor_role=role, campaign_id=campaign, unit=unit, area=area, kind=kind
    )
    event = replace(written.events[0], type=type_, occurred_at=at, schema_version=schema_version, data=data)
    fields = {
        "actor": actor,
        "actor_role": role,
        "area": area,
        "campaign_id": campaign,
        "command_key": key,
        "data_sha256": hashlib.sha256(SALT + data).hexdigest(),
        "event_id": str(event.event_id),
        "kind": kind,
        "occurred_at": at.astimezone(UTC).strftime(f"{at.astimezone(UTC).year:04d}-%m-%dT%H:%M:%S.%fZ"),
        "schema_version": schema_version,
        "stream_id": str(written.stream_id),
        "type": type_,
        "unit": unit,
        "version": version,
    }
    canonical = rfc8785.dumps({name: value for name, value in fields.items() if value is not None})
    assert entry_bytes(written, event, version, SALT) == canonical


def test_the_bytes_of_a_known_entry_never_change() -> None:
    known = replace(command(key="hotline:1"), stream_id=UUID(int=1), unit="城管局")
    event = replace(known.events[0], event_id=UUID(int=2), data=b"{}")
    assert (
        entry_bytes(known, event, 1, SALT)
        == (
            '{"actor":"principal-1","actor_role":"office","area":"area-3","command_key":"hotline:1",'
            '"data_sha256":"' + hashlib.sha256(SALT + b"{}").hexdigest() + '",'
            '"event_id":"00000000-0000-0000-0000-000000000002","kind":"item","occurred_at":"2026-11-20T08:30:00.123456Z",'
            '"schema_version":1,"stream_id":"00000000-0000-0000-0000-000000000001","type":"item.tested1.v1",'
            '"unit":"城管局","version":1}'
        ).encode()
    )


def test_the_time_of_recording_stands_in_its_place_among_the_names() -> None:
    written, at = command(), datetime(2026, 11, 20, 16, 30, tzinfo=timezone(timedelta(hours=8)))
    before = entry_bytes(written, written.events[0], 1, SALT)
    after = entry_bytes(written, written.events[0], 1, SALT, at)
    assert after == before.replace(b'"schema_version"', b'"recorded_at":"2026-11-20T08:30:00.000000Z","schema_version"')
    assert after == rfc8785.dumps(json.loads(after))


@pytest.mark.parametrize("half", ["\ud83d", "\udc00x"])
def test_half_a_character_is_refused(half: str) -> None:
    broken = replace(command(), actor=half)
    with pytest.raises(TypeError):
        entry_bytes(broken, broken.events[0], 1, SALT)


def test_an_instant_without_a_time_zone_is_refused() -> None:
    with pytest.raises(ValueError):
        fixed_utc(datetime(2026, 1, 1))  # noqa: DTZ001 - that is the point
