"""What can have happened to the store, where it was found, and what is said about it."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from uuid import UUID

from domain.text import Text
from services.doctor.finding import Finding, Grade

_KEPT_OF_A_KIND = 20


class Fault(StrEnum):
    """What is wrong with the store. The values are stable."""

    LOG_SHORTER_THAN_SIGNED = "log_shorter_than_signed"  # the tail was cut off, or an older backup restored
    LOG_DIFFERS_FROM_KEPT = "log_differs_from_kept"  # from a checkpoint kept outside of the database
    LOG_DIFFERS_FROM_SIGNED = "log_differs_from_signed"  # from a checkpoint in the database
    CHECKPOINT_NOT_SIGNED = "checkpoint_not_signed"  # malformed, or not by a key of the log
    CHECKPOINT_MISSING = "checkpoint_missing"  # kept outside, gone from the database
    COSIGNATURE_WRONG = "cosignature_wrong"  # not by its witness, or not under this checkpoint
    COSIGNATURE_MISSING = "cosignature_missing"  # kept outside, gone from the database
    TIME_STAMP_WRONG = "time_stamp_wrong"  # not for this checkpoint
    TIME_STAMP_MISSING = "time_stamp_missing"
    KEY_UNKNOWN = "key_unknown"  # the database names a key that the folder of keys does not have
    TREE_DAMAGED = "tree_damaged"
    NODE_DIFFERS = "node_differs"
    NODE_MISSING = "node_missing"
    POSITION_MISSING = "position_missing"
    POSITION_NOT_GIVEN = "position_not_given"  # in the log, but not by the sequencer
    EVENT_MISSING = "event_missing"
    EVENT_NOT_IN_LOG = "event_not_in_log"
    ENTRY_CHANGED = "entry_changed"
    ENTRY_MALFORMED = "entry_malformed"
    RECORDED_OUT_OF_TIME = "recorded_out_of_time"  # against times that others signed, or against the log's order
    COLUMNS_CHANGED = "columns_changed"
    DATA_CHANGED = "data_changed"
    VERSION_HOLE = "version_hole"
    VERSIONS_OUT_OF_ORDER = "versions_out_of_order"
    STREAM_DIFFERS = "stream_differs"
    EVENTS_UNREADABLE = "events_unreadable"  # a stream whose events do not lead to a state
    STATE_DIFFERS = "state_differs"
    NUMBERS_DIFFER = "numbers_differ"
    COMMAND_MISSING = "command_missing"  # whose key would be taken a second time
    WORDS_DIFFER = "words_differ"  # what is searched is not what people wrote
    DOCUMENT_CHANGED = "document_changed"
    DOCUMENT_MISSING = "document_missing"


_SEEN: dict[Fault, tuple[str, str]] = {
    Fault.LOG_SHORTER_THAN_SIGNED: (
        "日志短于曾签证的大小：尾部被截去，或恢复了旧备份",
        "the log is shorter than it was when signed: its tail was cut off, or an older backup was restored",
    ),
    Fault.LOG_DIFFERS_FROM_KEPT: (
        "日志与库外留存的检查点不符：历史被改写，或恢复旧备份后又有新增",
        "the log is not the one of the checkpoints kept outside: history was rewritten, or it grew anew from a backup",
    ),
    Fault.LOG_DIFFERS_FROM_SIGNED: ("日志与签证的检查点不符", "the log is not what was signed"),
    Fault.CHECKPOINT_NOT_SIGNED: ("检查点不是本日志的密钥所签", "a checkpoint is not signed by a key of this log"),
    Fault.CHECKPOINT_MISSING: ("库外留存的检查点在库中缺失", "a checkpoint kept outside is gone from the database"),
    Fault.COSIGNATURE_WRONG: (
        "副署不是见证人对该检查点所签",
        "a cosignature is not its witness's under this checkpoint",
    ),
    Fault.COSIGNATURE_MISSING: ("库外留存的副署在库中缺失", "a cosignature kept outside is gone from the database"),
    Fault.TIME_STAMP_WRONG: ("时间戳不是为该检查点所盖", "a time stamp is not of this checkpoint"),
    Fault.TIME_STAMP_MISSING: ("库外留存的时间戳在库中缺失", "a time stamp kept outside is gone from the database"),
    Fault.KEY_UNKNOWN: ("库中登记了密钥目录里没有的公钥", "the database names a key that the folder of keys lacks"),
    Fault.TREE_DAMAGED: ("日志树缺少散列", "the log's tree lacks hashes"),
    Fault.NODE_DIFFERS: ("日志树的散列与其下条目不符", "a hash of the tree is not that of the entries below it"),
    Fault.NODE_MISSING: ("日志树的散列缺失", "a hash of the tree is missing"),
    Fault.POSITION_MISSING: ("日志位置有空洞", "positions are missing in the log"),
    Fault.POSITION_NOT_GIVEN: ("日志中有定序进程未给出的位置", "the log has positions that the sequencer never gave"),
    Fault.EVENT_MISSING: ("日志所指的事件不存在", "events that the log points to are gone"),
    Fault.EVENT_NOT_IN_LOG: ("事件不在日志中", "events that no position of the log points to"),
    Fault.ENTRY_CHANGED: ("事件条目与日志中的散列不符", "an entry does not have the hash that the log has for it"),
    Fault.ENTRY_MALFORMED: ("事件条目不是规范格式", "an entry is not in the canonical form"),
    Fault.RECORDED_OUT_OF_TIME: (
        "事件的记录时间与见证、时间戳所签的时间或日志次序相矛盾：有人倒填了时间，或机器时钟曾大幅跳变",
        "an event's time of recording contradicts times that others signed, or the order: dated back, or a clock off",
    ),
    Fault.COLUMNS_CHANGED: ("事件的列与其条目不符", "columns of an event do not say what its entry says"),
    Fault.DATA_CHANGED: ("事件内容与条目中的散列不符", "an event's content does not have the hash in its entry"),
    Fault.VERSION_HOLE: ("事件流的版本有缺或重", "versions of a stream are missing or double"),
    Fault.VERSIONS_OUT_OF_ORDER: ("事件流的版本在日志中颠倒", "versions of a stream stand in the log in another order"),
    Fault.STREAM_DIFFERS: (
        "事件流的计数、现状与事件不一致",
        "a stream's counter or current state is not at the version of its events",
    ),
    Fault.EVENTS_UNREADABLE: (
        "事件流无法折叠出状态：内容被改动，或写于更新的版本",
        "events of a stream lead to no state: they were changed, or a newer program wrote them",
    ),
    Fault.STATE_DIFFERS: ("当前状态与其事件不符", "a current state is not what its events lead to"),
    Fault.NUMBERS_DIFFER: (
        "编号计数与事件中的编号不符",
        "a counter of numbers is not the last number given, or numbers are missing or double",
    ),
    Fault.COMMAND_MISSING: (
        "事件所记的命令编号不在命令表中：同一命令会被再次执行",
        "the key of a command that an event names is gone: the same command would be carried out a second time",
    ),
    Fault.WORDS_DIFFER: (
        "检索用的文字与事件中所写的不符",
        "the words that are searched are not those that people wrote",
    ),
    Fault.DOCUMENT_CHANGED: ("文书内容与其散列不符", "a document's bytes do not have the hash it goes by"),
    Fault.DOCUMENT_MISSING: ("事件所载文书不存在", "a document that an event names is gone"),
}
_KEEP = Text(
    zh="停止写入并保全现场（数据库、服务器日志、检查点目录），告知审计；"
    "再用 duban verify 核验导出与备份，从可核验者恢复",
    en="stop writing, keep database, server logs and checkpoints as they are, and tell the auditors; then check exports"
    " and backups with duban verify and restore from one that verifies",
)
_REBUILD = Text(
    zh="先查明是谁改动的，告知审计；事件完好时运行 duban rebuild 重建现状",
    en="find out who changed it and tell the auditors; where the events are sound, run: duban rebuild",
)
_SEQUENCE = Text(
    zh="确认 duban sequencer 在运行；若在运行，则有人绕过程序写入，告知审计",
    en="see that duban sequencer runs; if it does, somebody wrote around the program: tell the auditors",
)
_EXPLAIN = Text(
    zh="查明当时写入的机器时钟是否跳变、定序进程是否长时间停止；查不出原因的，视为倒填：保全现场并告知审计",
    en="find out whether the clock of the machine that wrote it jumped then, or the sequencer stood still for long;"
    " where nothing explains it, take it for dated back: keep everything as it is and tell the auditors",
)
_MEND = {
    Fault.RECORDED_OUT_OF_TIME: _EXPLAIN,
    Fault.WORDS_DIFFER: _REBUILD,
    Fault.STREAM_DIFFERS: _REBUILD,
    Fault.STATE_DIFFERS: _REBUILD,
    Fault.NUMBERS_DIFFER: _REBUILD,
    Fault.EVENT_NOT_IN_LOG: _SEQUENCE,
}


@dataclass(frozen=True, slots=True)
class Place:
    """Where something was found: ``position`` and ``last`` bound it in the log."""

    position: int | None = None
    stream: UUID | None = None
    version: int | None = None
    detail: str = ""
    last: int | None = None

    def __str__(self) -> str:
        """For both languages, as names of things go."""
        parts: list[str] = []
        if self.position is not None:
            several = self.last is not None and self.last != self.position
            parts.append(f"位置 position {self.position}{f'…{self.last}' if several else ''}")
        if self.stream is not None:
            parts.append(f"事件流 stream {self.stream}")
        if self.version is not None:
            parts.append(f"版本 version {self.version}")
        return ", ".join([*parts, self.detail] if self.detail else parts)


@dataclass(slots=True)
class Damage:
    """Everything found; of each fault the first few places are kept, and all are counted."""

    places: dict[Fault, list[Place]] = field(default_factory=dict[Fault, list[Place]])
    counts: Counter[Fault] = field(default_factory=Counter[Fault])

    def found(self, fault: Fault, place: Place) -> None:
        """Add one."""
        self.counts[fault] += 1
        kept = self.places.setdefault(fault, [])
        if len(kept) < _KEPT_OF_A_KIND:
            kept.append(place)

    def add(self, other: "Damage") -> None:
        """Add what was found elsewhere."""
        for fault, places in other.places.items():
            for place in places:
                self.found(fault, place)
            self.counts[fault] += other.counts[fault] - len(places)

    def findings(self) -> Iterator[Finding]:
        """One finding for each fault, the gravest first."""
        for fault in Fault:
            if count := self.counts[fault]:
                zh, en = _SEEN[fault]
                seen = Text(zh=f"{zh}（{count:,} 处）", en=f"{en} ({count:,})")
                mend, places = _MEND.get(fault, _KEEP), tuple(self.places[fault])
                yield Finding(fault, Grade.WRONG, seen, mend, places=tuple(str(place) for place in places))
