"""Examines whether those outside who attest to the log still do: its witnesses, and the time-stamping authority."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta

from domain.text import Text
from services.doctor.finding import Finding
from services.settings import Settings
from services.store.log_tree import LogTree
from services.transparency.witnessing import WitnessAddress, witness_addresses

_PATIENCE = timedelta(minutes=10)  # the notary asks again within five, however long nobody has answered


async def examine_attestations(tree: LogTree, settings: Settings, now: datetime) -> AsyncIterator[Finding]:
    """One finding for each witness that is set, and one for the authority; ``now`` by the database's clock."""
    newest = await tree.newest_checkpoint()
    if newest is None:
        return
    for witness in witness_addresses(settings.witnesses):
        yield await _witness(tree, witness, newest.size, now)
    if settings.timestamp_url:
        yield await _authority(tree, settings.timestamp_url, timedelta(seconds=settings.timestamp_seconds), now)


async def _witness(tree: LogTree, witness: WitnessAddress, newest: int, now: datetime) -> Finding:
    name, size = witness.verifier.name, await tree.cosigned_size(str(witness.verifier))
    since = await _signed_beyond(tree, size)
    if since is None or now - since <= _PATIENCE:
        return Finding.well("witness", f"见证人 {name} 已副署至 {size} 条", "the witness keeps up with the log")
    waited = _minutes(now - since)
    return Finding.wrong(
        "witness_behind",
        f"见证人 {name} 只副署至 {size} 条，日志已签证 {newest} 条，已等待 {waited} 分钟",
        f"the witness cosigned {size} of {newest} entries, and has been waited for {waited} minutes",
        mend=Text(
            zh="查看签证进程日志中的 finding：地址不通则联系见证人；见证人不认密钥则交付新公钥；"
            "称日志不是它所见的，则停止写入、保全现场并告知审计",
            en="look for `finding` in what duban notary says: where it is the way there, call the witness; where the"
            " witness lacks the key, give it the new vkey; where it has seen another log, stop writing, keep everything"
            " as it is and tell the auditors",
        ),
    )


async def _authority(tree: LogTree, url: str, every: timedelta, now: datetime) -> Finding:
    stamp = await tree.newest_time_stamp()
    size = stamp.size if stamp else 0
    since = await _signed_beyond(tree, size)
    if since is not None and stamp is not None:
        # It is not asked before it is time again, however much the log has grown.
        since = max(since, stamp.stamped_at + every)
    if since is None or now - since <= _PATIENCE:
        return Finding.well("time_stamps", f"时间戳已覆盖 {size} 条（{url}）", "time stamps are as old as they may be")
    waited = _minutes(now - since)
    return Finding.wrong(
        "time_stamps_behind",
        f"时间戳只覆盖 {size} 条，时间戳机构 {url} 逾期 {waited} 分钟未盖戳",
        f"the newest time stamp is of {size} entries, the authority is {waited} minutes late",
        mend=Text(
            zh="查看签证进程日志中的 not time-stamped：检查 DUBAN_TIMESTAMP_URL 与 DUBAN_ALLOWED_NETWORKS，"
            "或联系时间戳机构",
            en="look for `not time-stamped` in what duban notary says: check DUBAN_TIMESTAMP_URL and"
            " DUBAN_ALLOWED_NETWORKS, or call the authority",
        ),
    )


async def _signed_beyond(tree: LogTree, size: int) -> datetime | None:
    """When the first checkpoint larger than a size was signed; None where there is none."""
    found = await tree.checkpoint_covering(size)
    return None if found is None else found.signed_at


def _minutes(waited: timedelta) -> int:
    return waited // timedelta(minutes=1)
