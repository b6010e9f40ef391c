"""Examines whether every person's key is there, no erased one's is, and nothing stands in the clear."""

from collections.abc import AsyncIterator
from uuid import UUID

import asyncpg

from domain.text import Text
from services.doctor.finding import Finding, Grade
from services.privacy.keyring import TROUBLE, Keyring
from services.privacy.opening import keyring_of
from services.privacy.sealing import opened_person
from services.settings import Role, Settings
from services.store.people import ClearPeople, PeopleStore
from services.store.pools import prepare

_AT_ONCE = 1_000
_CONNECT_SECONDS = 5.0
_SHOWN = 20
_RESTORE = Text(
    zh="查明是谁改动的，告知审计；从备份恢复 private.person 中的这些行（密钥库不动）",
    en="find out who did it and tell the auditors; restore these rows of private.person from a backup, and leave the"
    " key store as it is",
)


async def examine_people(settings: Settings, *, deep: bool = False) -> AsyncIterator[Finding]:
    """Every finding about personal data, as the application's role: no other may read them. ``deep``: open each."""
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
        if deep:
            for finding in await _rows(PeopleStore(connection), keyring):
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


async def _rows(store: PeopleStore, keyring: Keyring) -> list[Finding]:
    """Values that do not open with a key that is there were changed; rows that reports name were deleted."""
    changed: list[str] = []
    after = UUID(int=0)
    while people := await store.sealed(after, _AT_ONCE):
        keys = await keyring.find([each.key_id for each in people if each.key_id is not None])
        for each in people:
            key = keys.get(each.key_id or b"")
            if key is not None and opened_person(each, key).status == "unreadable":
                changed.append(f"person {each.person_id}")
        after = people[-1].person_id
    missing = [f"item {item}, reporter {reporter}" for item, reporter in await store.reporters_missing(_SHOWN)]
    findings: list[Finding] = []
    if changed:
        seen = Text(
            zh=f"{len(changed)} 人的个人信息被改动，用其密钥打不开",
            en=f"personal data of {len(changed)} people were changed: their keys do not open them",
        )
        findings.append(Finding("people_changed", Grade.WRONG, seen, _RESTORE, tuple(changed[:_SHOWN])))
    if missing:
        seen = Text(zh="上报人的个人信息行被删除", en="rows of people who reported are gone, and no erasure does that")
        findings.append(Finding("people_missing", Grade.WRONG, seen, _RESTORE, tuple(missing)))
    return findings


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
