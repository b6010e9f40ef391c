"""What the import says about a row, in both languages. Placeholders are the facts of a note."""

from collections.abc import Mapping

from domain.text import Text

TEXTS: Mapping[str, Text] = {
    # Rows refused as they were read
    "record_cut_off": Text(zh="文件在此记录中间中断", en="the file ends in the middle of this record"),
    "broken_quotes": Text(zh="引号不成对，或单元格过长", en="quotes that do not match, or a cell longer than any cell"),
    "wrong_column_count": Text(
        zh="应有 {expected} 列，实有 {found} 列", en="there should be {expected} columns and there are {found}"
    ),
    "nul_character": Text(zh="含有空字符 (NUL)", en="contains a NUL character"),
    "bad_encoding": Text(zh="含有该编码无法识别的字节", en="contains bytes that are no text in the stated encoding"),
    # Rows refused for what they say
    "value_missing": Text(zh="缺少必填值", en="a value is needed here"),
    "value_not_listed": Text(zh="对照表中没有“{value}”", en="the mapping does not say what “{value}” means"),
    "unreadable_date": Text(zh="无法识别日期“{value}”", en="“{value}” is not a date in any of the formats"),
    "value_not_possible": Text(zh="“{value}”不是可用的值", en="“{value}” is not a usable value"),
    "too_long_ago": Text(zh="日期 {value} 早于 1950 年", en="{value} lies before 1950"),
    "closed_in_future": Text(zh="关闭日期晚于现在：{value}", en="closed later than now: {value}"),
    "number_used_twice": Text(
        zh="编号与第 {line} 行相同而内容不同", en="the number stands in line {line} too, with other content"
    ),
    # Rows refused by a rule
    "reported_in_future": Text(zh="上报日期晚于现在：{reported_at}", en="reported later than now: {reported_at}"),
    "unknown_category": Text(zh="目录中没有类别“{category}”", en="the catalogue has no category “{category}”"),
    "unknown_unit": Text(zh="没有单位“{unit}”", en="there is no unit “{unit}”"),
    "unknown_area": Text(zh="没有区域“{area}”", en="there is no area “{area}”"),
    "idempotency_key_reused": Text(
        zh="同一文件的这一行曾以其他内容导入", en="this line of this file was imported before, with other content"
    ),
    "role_not_allowed": Text(zh="该角色无权导入", en="this role may not import"),
    # Remarks on rows that came in
    "closed_before_reported": Text(
        zh="关闭日期（{value}）早于上报日期，已改为上报日期",
        en="closed ({value}) before it was reported; the closing date was set to the report's",
    ),
    "closing_date_unknown": Text(
        zh="已结案而无关闭日期，以导入日期为准", en="finished without a closing date; that of the import stands in"
    ),
    "closing_date_ignored": Text(
        zh="未结案而有关闭日期（{value}），已忽略", en="a closing date ({value}) on an open row was ignored"
    ),
    "due_before_reported": Text(
        zh="整改期限（{value}）早于上报日期，已忽略", en="the due date ({value}) lies before the report and was ignored"
    ),
    "due_too_late": Text(
        zh="整改期限（{value}）超过十年，已忽略",
        en="the due date ({value}) lies more than ten years after the report and was ignored",
    ),
    "due_date_unreadable": Text(
        zh="整改期限“{value}”无法识别，已忽略", en="the due date “{value}” is not a date and was ignored"
    ),
    "default_used": Text(zh="空白，取默认值“{used}”", en="blank; “{used}” was used"),
    "otherwise_used": Text(zh="“{value}”未列入对照表，取“{used}”", en="“{value}” is not listed; “{used}” was used"),
    "text_shortened": Text(zh="文字过长，已截至 {length} 字", en="too long, shortened to {length} characters"),
    "controls_removed": Text(zh="含有控制字符，已去除", en="contained control characters, which were removed"),
    "location_ignored": Text(zh="坐标“{value}”不可用，已忽略", en="the coordinates “{value}” are unusable, ignored"),
    "local_time_unclear": Text(
        zh="夏令时切换时刻 {value}，取较早者",
        en="{value} falls into the change of daylight saving time; read as before the change",
    ),
    # Rows that were there
    "known_from_elsewhere": Text(
        zh="该记录已由其他文件或渠道登记，编号 {number}", en="the record came in before by another way, as {number}"
    ),
    "same_as_line": Text(zh="与第 {line} 行完全相同", en="the same as line {line}"),
}
_ANY = Text(zh="规则不允许：{code}", en="refused by the rule {code}")


def text_of(code: str, facts: Mapping[str, str | int]) -> Text:
    """The text of a note; a rule that has none here is named by its code."""
    found = TEXTS.get(code, _ANY)
    values = {**facts, "code": code}
    return Text(zh=found.zh.format_map(values), en=found.en.format_map(values))
