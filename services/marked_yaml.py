"""Reads YAML that people write, and says on which line something is wrong."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

Place = tuple[str | int, ...]
M = TypeVar("M", bound=BaseModel)

_MOST_BYTES = 16 * 1024 * 1024
_DEEPEST = 50


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with a document, and where: the line counts from 1, the place reads like ``units.3.code``.

    Messages stand in Chinese and English, separated by `` / ``.
    """

    line: int
    place: str
    message: str

    def __str__(self) -> str:
        where = f"第 {self.line} 行 line {self.line}" + (f" ({self.place})" if self.place else "")
        return f"{where}: {self.message}"


class UnusableDocumentError(ValueError):
    """A document that cannot be used as it stands. Nothing of it was carried out."""

    def __init__(self, name: str, problems: list[Problem]) -> None:
        super().__init__("\n".join(f"{name}: {problem}" for problem in problems))
        self.name = name
        self.problems = problems


@dataclass(frozen=True)
class MarkedYaml:
    """A document with the line of each of its parts. Keys are always text: ``NO`` and ``12`` stay what was written."""

    name: str
    data: Any
    lines: dict[Place, int]

    def line(self, place: Place) -> int:
        """The line of a part, or of the nearest part around it that was written down."""
        while place and place not in self.lines:
            place = place[:-1]
        return self.lines.get(place, 1)

    def problem(self, place: Place, message: str) -> Problem:
        """A problem with a part of this document."""
        return Problem(self.line(place), ".".join(str(part) for part in place), message)

    def as_model(self, model: type[M]) -> M:
        """Validate the whole document; raises UnusableDocumentError that names every wrong line."""
        try:
            return model.model_validate(self.data)
        except ValidationError as error:
            problems = [
                self.problem(self._written(found["loc"]), _message(found["msg"], found["loc"]))
                for found in error.errors(include_url=False, include_input=False, include_context=False)
            ]
            raise UnusableDocumentError(self.name, problems) from error

    def _written(self, location: Place) -> Place:
        """The part of the document an error is about: pydantic puts names of types and validators in between."""
        place: Place = ()
        for part in location:
            if (*place, part) in self.lines:
                place = (*place, part)
        return place


def read(path: Path) -> MarkedYaml:
    """Read a file; raises UnusableDocumentError where it is not YAML, OSError where it cannot be read."""
    if path.stat().st_size > _MOST_BYTES:
        raise UnusableDocumentError(
            path.name, [Problem(1, "", f"文件超过 {_MOST_BYTES} 字节 / larger than {_MOST_BYTES} bytes")]
        )
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        line = path.read_bytes()[: error.start].count(b"\n") + 1
        raise UnusableDocumentError(path.name, [Problem(line, "", "不是 UTF-8 编码 / not UTF-8")]) from error
    return parse(text, path.name)


def parse(text: str, name: str) -> MarkedYaml:
    """Parse a text; raises UnusableDocumentError where it is not YAML or says something twice."""
    lines: dict[Place, int] = {}
    try:
        loader = yaml.SafeLoader(text)
        node = loader.get_single_node()
        data = None if node is None else _value(loader, node, (), lines, [])
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        problem = Problem(mark.line + 1 if mark else 1, "", f"不是有效的 YAML / {error.problem or 'not YAML'}")
        raise UnusableDocumentError(name, [problem]) from error
    except (yaml.YAMLError, ValueError) as error:  # characters YAML forbids; dates and numbers that do not exist
        line = max(lines.values(), default=1)
        message = "不是有效的 YAML，或有不存在的日期、数值 / not YAML, or a date or number that cannot be"
        raise UnusableDocumentError(name, [Problem(line, "", message)]) from error
    return MarkedYaml(name, data, lines)


def _value(loader: yaml.SafeLoader, node: yaml.Node, place: Place, lines: dict[Place, int], within: list[int]) -> Any:
    lines[place] = node.start_mark.line + 1
    if isinstance(node, yaml.ScalarNode):
        return loader.construct_object(node)  # pyright: ignore[reportUnknownMemberType]
    if id(node) in within or len(within) >= _DEEPEST:
        raise yaml.constructor.ConstructorError(None, None, "contains itself, or is nested too deep", node.start_mark)
    inner = [*within, id(node)]
    if isinstance(node, yaml.SequenceNode):
        return [_value(loader, item, (*place, index), lines, inner) for index, item in enumerate(node.value)]
    result: dict[str, Any] = {}
    for key, key_node, item in _pairs(node):
        if key in result:
            raise yaml.constructor.ConstructorError(None, None, f"{key!r} stands here twice", key_node.start_mark)
        result[key] = _value(loader, item, (*place, key), lines, inner)
        lines[*place, key] = key_node.start_mark.line + 1
    return result


def _pairs(node: yaml.Node) -> Iterator[tuple[str, yaml.Node, yaml.Node]]:
    for key_node, item in node.value:
        if not isinstance(key_node, yaml.ScalarNode):
            raise yaml.constructor.ConstructorError(None, None, "a key is a word or a number", key_node.start_mark)
        yield str(key_node.value), key_node, item


def _message(message: str, location: Place) -> str:
    if message == "Extra inputs are not permitted":
        return f"未知字段 {location[-1]!r} / unknown field {location[-1]!r}"
    if message == "Field required":
        return f"缺少 {location[-1]!r} / {location[-1]!r} is missing"
    own = message.removeprefix("Value error, ")
    return own if " / " in own else f"此值不可用 / {own}"
