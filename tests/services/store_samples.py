"""Commands as small as the store accepts, for the store's tests."""

import hashlib
from datetime import UTC, datetime
from uuid import UUID, uuid4

from services.store.records import Append, ListRow, NewEvent

AT = datetime(2026, 11, 20, 8, 30, 0, 123456, tzinfo=UTC)


def event(number: int = 1, data: bytes = b'{"n":1}') -> NewEvent:
    return NewEvent(event_id=uuid4(), type=f"item.tested{number}.v1", schema_version=1, occurred_at=AT, data=data)


def command(
    *,
    key: str | None = None,
    stream: UUID | None = None,
    expected: int = 0,
    events: int = 1,
    body: bytes = b"body",
    status: str = "registered",
) -> Append:
    return Append(
        key=key or str(uuid4()),
        request_sha256=hashlib.sha256(body).digest(),
        stream_id=stream or uuid4(),
        kind="item",
        expected_version=expected,
        actor="principal-1",
        actor_role="office",
        campaign_id=None,
        unit="unit-7",
        area="area-3",
        events=tuple(event(number) for number in range(1, events + 1)),
        state=b'{"status":"%b","title":"\xe8\xb7\xaf\xe7\x81\xaf\xe4\xb8\x8d\xe4\xba\xae"}' % status.encode(),
        row=ListRow(status=status, unit="unit-7", open=True, title="路灯不亮", reported_at=AT, due_at=AT),
        answer=b'{"ok":true}',
    )
