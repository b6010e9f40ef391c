"""Checks the time stamps of a log against the checkpoints they were given for."""

from datetime import datetime

from services.auditing.findings import Fault, Report
from services.auditing.sources import CHECKPOINTS, TIME_STAMPS, Source
from services.auditing.trust import Trust
from services.transparency.checkpoint import open_checkpoint, without_cosignatures
from services.transparency.note import NoteError
from services.transparency.timestamps import TimeStampError, time_of


def check_time_stamps(source: Source, trust: Trust, report: Report) -> list[tuple[int, datetime]]:
    """Each must be for the checkpoint of its size; signed too, where the checker brought authorities along.

    Returns the sizes that are stamped, and when.
    """
    stamped: list[tuple[int, datetime]] = []
    for size, answer in source.time_stamps():
        where = f"{TIME_STAMPS}/{size}.tsr"
        content = source.read(f"{CHECKPOINTS}/{size}")
        if content is None:
            report.found(Fault.TIME_STAMP_INVALID, where, detail="no checkpoint of this size")
            continue
        try:
            note = content.decode()
            open_checkpoint(note, trust.logs)
            time = time_of(answer, without_cosignatures(note), trust.authorities)
        except (NoteError, TimeStampError) as invalid:
            report.found(Fault.TIME_STAMP_INVALID, where, detail=str(invalid))
        except UnicodeDecodeError:
            report.found(Fault.TIME_STAMP_INVALID, where, detail="not_utf8")
        else:
            report.time_stamps += 1
            report.stamped = (size, time.isoformat())
            stamped.append((size, time))
    return stamped
