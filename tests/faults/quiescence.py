"""Says what is still under way on a stand: not yet in the log, not yet signed, not yet read by all, or due."""

import asyncpg

# Beside es.subscription, where every reader of the log keeps its place.
_BEHIND = "SELECT name, pos FROM es.subscription WHERE pos < $1 - 1 ORDER BY name"
_EVENTS = "SELECT count(*) FROM es.event"
_LOG = "SELECT coalesce(max(pos) + 1, 0) FROM es.log"
_SIGNED = "SELECT coalesce(max(size), 0) FROM es.checkpoint"
_DUE = """
    SELECT kind, next_due, count(*) AS number FROM es.current_state
     WHERE next_due_at < clock_timestamp() + make_interval(secs => $1) GROUP BY 1, 2 ORDER BY 1, 2"""
# Whenever their next attempt is to be: whoever reported something is told in the end. All but those that wait behind an
# attempt which a clock that was hours ahead put off by hours; they are late, and no run waits for them.
_DELIVERIES = """
    SELECT count(*) FROM private.webhook_delivery d
     WHERE state = 'pending'
       AND NOT EXISTS (SELECT FROM private.webhook_delivery e
                        WHERE e.webhook_id = d.webhook_id AND e.lane = d.lane AND e.state = 'pending'
                          AND e.next_at > clock_timestamp() + interval '30 minutes')"""


async def under_way(dsn: str, *, horizon_seconds: float) -> list[str]:
    """Return one line for everything that is under way, or due within the horizon; none when all is quiet."""
    connection = await asyncpg.connect(dsn)
    try:
        async with connection.transaction(isolation="repeatable_read", readonly=True):
            events, log = await connection.fetchval(_EVENTS), await connection.fetchval(_LOG)
            signed = await connection.fetchval(_SIGNED)
            waiting = await connection.fetchval(_DELIVERIES)
            behind = await connection.fetch(_BEHIND, log)
            due = await connection.fetch(_DUE, horizon_seconds)
    finally:
        await connection.close()
    return [
        *([f"{events - log} events without a place in the log"] if events != log else []),
        *([f"{log - signed} entries of the log not signed"] if signed != log else []),
        *(f"{row['name']} is at {row['pos']} of {log - 1}" for row in behind),
        *(f"{row['number']} of kind {row['kind']} wait for {row['next_due']}" for row in due),
        *([f"{waiting} webhook deliveries pending"] if waiting else []),
    ]
