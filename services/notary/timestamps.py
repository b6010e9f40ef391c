"""Has the newest checkpoint time-stamped now and then, so that its age does not rest on our own clock."""

from dataclasses import dataclass
from http import HTTPStatus

import httpx

from services.notary.outside import OutsideCheckpoints
from services.store.log_tree import LogTree
from services.transparency.checkpoint import without_cosignatures
from services.transparency.timestamps import QUERY_TYPE, TimeStampError, answers, request_for


@dataclass(frozen=True, slots=True)
class TimestampAuthority:
    """Where time stamps come from, and how much time lies between two, in seconds."""

    url: str
    every_seconds: float = 3600.0


@dataclass(frozen=True, slots=True)
class TimestampRequests:
    """Asks an authority again and again."""

    authority: TimestampAuthority
    tree: LogTree
    outside: OutsideCheckpoints
    client: httpx.AsyncClient

    @property
    def name(self) -> str:
        """The authority's address."""
        return self.authority.url

    async def follow(self) -> None:
        """Have the newest checkpoint stamped, if it is time and the log has grown. Raises TimeStampError."""
        newest, stamped = await self.tree.newest_checkpoint(), await self.tree.newest_time_stamp()
        if newest is None or (stamped and (stamped.size == newest.size or stamped.age < self.authority.every_seconds)):
            return
        # As the log signed it: cosignatures are still being added.
        note = without_cosignatures(newest.note)
        content = await self._stamp(note)
        self.outside.keep_time_stamp(newest.size, content)
        await self.tree.keep_time_stamp(newest.size, self.authority.url, content)

    async def _stamp(self, note: str) -> bytes:
        request = request_for(note)
        try:
            answer = await self.client.post(
                self.authority.url, content=request.as_bytes(), headers={"Content-Type": QUERY_TYPE}
            )
        except (httpx.HTTPError, httpx.InvalidURL) as failed:
            raise TimeStampError("time_stamp_unreachable", repr(failed)) from failed
        if answer.status_code != HTTPStatus.OK:
            raise TimeStampError("time_stamp_unreachable", f"HTTP {answer.status_code}")
        answers(answer.content, request, note)
        return answer.content
