"""Says in one line what went wrong where that can be foreseen; everything else is a bug and keeps its traceback."""

from dataclasses import dataclass

import asyncpg
from pydantic import ValidationError

from domain.errors import Rejection
from services.auditing.export import NothingSignedError
from services.auditing.sources import UnreadableError
from services.auditing.trust import UnusableKeyError
from services.demo.errors import DataFolderUsedError
from services.embedded.account import NoAccountForPostgresError
from services.embedded.checks import PortTakenError
from services.embedded.lock import DataFolderInUseError
from services.embedded.postgres import PostgresMissingError, SocketFolderTakenError
from services.embedded.supervisor import ChildFailedError
from services.embedded.temporal import TemporalMissingError
from services.handling.folding import DamagedEventError
from services.importing.ledger import UnreadableLedgerError
from services.marked_yaml import UnusableDocumentError
from services.messages.catalogue import LANGUAGES, problem_text
from services.settings import DatabaseNotConfiguredError, Settings
from services.store.person_keys import PeopleKeysError
from services.transparency.keys import KeyFolderError
from services.transparency.note import NoteError

# What stands in a pydantic error of settings; any other is a bug, or damaged data.
_SETTINGS = {Settings.__name__}
USAGE = 2
FAILED = 1


@dataclass(frozen=True, slots=True)
class Explained:
    """One line for the terminal and the exit code: 2 where the command was given wrongly, 1 otherwise."""

    line: str
    exit_code: int


# The first that fits, so the special stand before the general. A missing file without a name is a socket.
_FORESEEN: tuple[tuple[tuple[type[Exception], ...], str, str, int], ...] = (
    ((DatabaseNotConfiguredError,), "database_not_configured", "未设置数据库地址", USAGE),
    ((UnreadableLedgerError,), "unreadable_ledger", "台账文件读不了", USAGE),
    ((UnreadableError,), "log_unreadable", "日志读不了", FAILED),
    ((NothingSignedError,), "nothing_signed", "日志尚未签证", FAILED),
    ((KeyFolderError, NoteError, UnusableKeyError), "log_key_unusable", "日志密钥不可用", USAGE),
    ((PeopleKeysError,), "people_keys_unusable", "个人信息密钥库不可用", FAILED),
    ((DataFolderInUseError,), "data_folder_in_use", "数据目录正被占用", FAILED),
    ((DataFolderUsedError,), "data_folder_used", "数据目录已有数据", USAGE),
    ((DamagedEventError,), "damaged_event", "事件已损坏，无法读取", FAILED),
    ((PortTakenError,), "port_taken", "端口被占用", FAILED),
    (
        (
            ChildFailedError,
            NoAccountForPostgresError,
            PostgresMissingError,
            SocketFolderTakenError,
            TemporalMissingError,
        ),
        "cannot_start",
        "无法启动",
        FAILED,
    ),
    (
        (asyncpg.InvalidCatalogNameError, asyncpg.UndefinedTableError, asyncpg.InvalidSchemaNameError),
        "database_not_migrated",
        "数据库尚未建好，请先运行 duban migrate",
        FAILED,
    ),
    (
        (asyncpg.InvalidAuthorizationSpecificationError, asyncpg.InsufficientPrivilegeError),
        "database_refuses",
        "数据库拒绝访问",
        FAILED,
    ),
    (
        (asyncpg.PostgresConnectionError, asyncpg.CannotConnectNowError, asyncpg.InterfaceError),
        "database_unreachable",
        "连不上数据库",
        FAILED,
    ),
    ((ConnectionError, TimeoutError, FileNotFoundError), "unreachable", "连接失败", FAILED),
)


def explain(problem: Exception) -> Explained | None:
    """Return what to say about a foreseeable trouble, None for a bug."""
    match problem:
        case ValidationError() if problem.title in _SETTINGS:
            first = problem.errors(include_url=False, include_input=False)[0]
            where = ".".join(str(part) for part in first["loc"])
            return _line("invalid_settings", f"{where}: {first['msg']}", "设置无效", USAGE)
        case UnusableDocumentError():
            # Every wrong line, so that all are mended in one go.
            listed = "".join(f"\n  {each}" for each in problem.problems)
            return Explained(f"{_line('unusable_document', problem.name, '文件内容有误').line}{listed}", USAGE)
        case Rejection():
            zh, en = (problem_text(problem.code, problem.facts, language) for language in LANGUAGES)
            return _line(problem.code, f"{en.title}: {en.detail}", f"{zh.title}：{zh.detail}")
        case ExceptionGroup(exceptions=[Exception() as only]):
            return explain(only)
        case OSError(filename=str(name), strerror=str(reason)):
            return _line("file_not_usable", f"{name}: {reason}", "文件不可用")
        case _:
            return _foreseen_elsewhere(problem)


def _foreseen_elsewhere(problem: Exception) -> Explained | None:
    for kinds, code, zh, exit_code in _FORESEEN:
        if isinstance(problem, kinds):
            return _line(code, str(problem) or type(problem).__name__, zh, exit_code)
    # The SDK has no class of its own for a server that is not there.
    if type(problem).__module__.startswith("temporalio.") or "Failed client connect" in str(problem):
        return _line("temporal_unreachable", str(problem).partition("\n")[0], "连不上流程引擎")
    return None


def _line(code: str, what: str, zh: str, exit_code: int = FAILED) -> Explained:
    return Explained(f"错误 error [{code}] {zh}  {' '.join(what.split())}", exit_code)
