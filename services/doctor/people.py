"""Examines whether every person's key is there, no erased one's is, and nothing stands in the clear."""

from collections.abc import AsyncIterator

import asyncpg

from domain.text import Text
from services.doctor.finding import Finding
from services.privacy.keyring import TROUBLE, Keyring
from services.privacy.opening import keyring_of
from services.settings import Role, Settings
from services.store.people import ClearPeople, PeopleStore
from services.store.pools import prepare

_AT_ONCE = 1_000
_CONNECT_SECONDS = 5.0


async def examine_people(settings: Settings) -> AsyncIterator[Finding]:
    """Every finding about personal data, as the application's role: no other may read them."""
    connection = await asyncpg.connect(settings.dsn(Role.APP), timeout=_CONNECT_SECONDS)
    keyring = keyring_of(settings)
    try:
        await prepare(connection)
        if await ClearPeople(connection).left():
            yield Finding.wrong(
                "people_in_clear",
                "升级前的个人信息尚未全部加密",
                "personal data from before the upgrade are not all sealed",
                mend=Text(zh="运行：duban migrate", en="run: duban migrate"),
            )
        for finding in await _keys(PeopleStore(connection), keyring):
            yield finding
    except TROUBLE as trouble:
        reason = f"{type(trouble).__name__}: {trouble}"
        yield Finding.wrong(
            "people_keys_unusable",
            "个人信息密钥库不可用，姓名、电话无法读取",
            f"the keys of personal data cannot be used, names cannot be read ({reason})",
            mend=Text(
                zh="检查 DUBAN_PEOPLE_KEYS、其权限与所在磁盘", en="look at DUBAN_PEOPLE_KEYS, its rights and its disk"
            ),
        )
    finally:
        await keyring.close()
        await connection.close()


async def _keys(store: PeopleStore, keyring: Keyring) -> list[Finding]:
    findings: list[Finding] = []
    people = missing = 0
    after = b""
    while keys := await store.keys_in_use(after, _AT_ONCE):
        found = await keyring.find(keys)
        people, missing, after = people + len(keys), missing + len(keys) - len(found), keys[-1]
    back, after = 0, b""
    while keys := await store.doomed(after, _AT_ONCE, destroyed_too=True):
        back, after = back + len(await keyring.find(keys)), keys[-1]
    if missing:
        findings.append(
            Finding.wrong(
                "people_keys_missing",
                f"{people} 人的个人信息中有 {missing} 人缺少密钥，无法读取",
                f"the keys of {missing} of {people} people are missing, their names cannot be read",
                mend=Text(
                    zh="从备份恢复密钥库（DUBAN_PEOPLE_KEYS，默认数据目录下 keys/people）；无备份则无法找回",
                    en="restore the key store from its backup (DUBAN_PEOPLE_KEYS, by default keys/people in the data"
                    " folder); without one they are lost",
                ),
            )
        )
    if back:
        findings.append(
            Finding.wrong(
                "people_keys_not_destroyed",
                f"{back} 把已删除人员的密钥仍在密钥库中",
                f"{back} keys of erased people are still in the key store",
                mend=Text(
                    zh="启动 duban gateway，它会销毁；若密钥库是由备份恢复的，再运行 duban people rotate-key",
                    en="start duban gateway, which destroys them; where the key store was restored from a backup, run"
                    " duban people rotate-key then",
                ),
            )
        )
    if not findings:
        findings.append(
            Finding.well("people_keys", f"{people} 人的个人信息密钥齐全", "the key of every person is there")
        )
    return findings
