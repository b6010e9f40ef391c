"""Examines what keeps evidence from being changed: triggers, rights, roles, owners, functions, keys of tables."""

from collections.abc import Iterator

from domain.text import Text
from services.doctor.finding import Finding, Grade
from services.store.integrity_protection import EVIDENCE, Weaknesses

_SHOWN = 20

_VERIFY = Text(
    zh="有人改动过数据库：先运行 duban doctor --deep 并核验日志，再恢复",
    en="somebody changed the database: run duban doctor --deep and verify the log first, then restore it",
)
_REVOKE = Text(
    zh="先运行 duban doctor --deep，再收回授权（REVOKE）",
    en="run duban doctor --deep, then revoke those rights",
)
_RESET = Text(
    zh="先运行 duban doctor --deep，再取消这些设置（ALTER ROLE … RESET、ALTER DATABASE … RESET）",
    en="run duban doctor --deep, then take those settings back (ALTER ROLE … RESET, ALTER DATABASE … RESET)",
)
_REINDEX = Text(
    zh="查明是谁删除的；再按 migrations 中的定义重建（CREATE INDEX CONCURRENTLY）",
    en="find out who dropped them, then create them again as defined in migrations (CREATE INDEX CONCURRENTLY)",
)
_MIGRATE_ANEW = Text(
    zh="先运行 duban doctor --deep；再从 migrations 中的定义恢复这些函数",
    en="run duban doctor --deep; then restore these functions from their definition in migrations",
)


def protection_findings(weak: Weaknesses) -> Iterator[Finding]:
    """One finding for each kind of weakness; one that all is well where there is none."""
    found = [
        *_of("evidence_missing", weak.missing, "证据表不存在", "tables of evidence are gone", _VERIFY),
        *_of(
            "evidence_unprotected",
            weak.unprotected,
            "以下证据表缺少防篡改触发器",
            "deny triggers are missing or off on",
            _VERIFY,
        ),
        *_of(
            "evidence_interfered",
            weak.interfering,
            "证据表上有外加的触发器、规则或行级策略",
            "there are foreign triggers, rules or row policies on",
            _VERIFY,
        ),
        *_of(
            "hooks_added",
            weak.hooks,
            "有外加的触发器、规则、行级策略或事件触发器",
            "there are foreign triggers, rules, row policies or event triggers on",
            _VERIFY,
        ),
        *_of("keys_missing", weak.keys, "约束缺失或失效", "constraints are missing or not valid", _VERIFY),
        *_of("indexes_missing", weak.indexes, "索引缺失或失效", "indexes are missing or not valid", _REINDEX),
        *_of("partition_detached", weak.detached, "事件分区被摘下", "partitions of events were detached", _VERIFY),
        *_of("unique_keys_missing", weak.unkeyed, "缺少唯一约束", "unique keys are missing on", _VERIFY),
        *_of(
            "leaf_hash_not_computed",
            weak.unhashed,
            "条目散列不再由数据库计算",
            "the hash of an entry is no longer computed by the database on",
            _VERIFY,
        ),
        *_of(
            "functions_changed", weak.functions, "存储函数被改动", "functions of the store were changed", _MIGRATE_ANEW
        ),
        *_of("roles_too_strong", weak.overrights, "角色权限过大", "roles may write evidence directly", _REVOKE),
        *_of("roles_too_powerful", weak.powerful, "角色属性过大", "roles have attributes they must not have", _REVOKE),
        *_of("rights_added", weak.rights, "有迁移之外的授权", "rights were granted that no migration gives", _REVOKE),
        *_of(
            "settings_changed",
            weak.settings,
            "角色或数据库的设置会改变语句的含义",
            "settings of roles or the database change what statements mean",
            _RESET,
        ),
        *_of("defaults_changed", weak.defaults, "列的默认值被改动", "defaults of columns are not as migrated", _VERIFY),
        *_of("owner_changed", weak.owners, "所有者被改动", "owners are not duban_owner", _VERIFY),
    ]
    yield from found
    if not found:
        yield Finding.well(
            "evidence",
            f"{len(EVIDENCE)} 张证据表只增不改：角色、触发器、函数完好",
            f"the {len(EVIDENCE)} tables of evidence are append-only on every partition",
        )


def _of(code: str, names: list[str], zh: str, en: str, mend: Text) -> Iterator[Finding]:
    if names:
        shown = ", ".join(names[:_SHOWN]) + (f" … {len(names)}" if len(names) > _SHOWN else "")
        yield Finding(code, Grade.WRONG, Text(zh=f"{zh}：{shown}", en=f"{en}: {shown}"), mend)
