"""Fills Word templates in: the texts of a letter go in as data, and a template can do nothing but show them."""

import io
from collections.abc import Iterator, MutableMapping
from functools import lru_cache
from typing import Any

from docxtpl import DocxTemplate
from jinja2 import StrictUndefined, Template, meta, nodes
from jinja2.sandbox import SandboxedEnvironment

from services.documents.archive import settled
from services.documents.letter import Letter

_FILTERS = ("default", "first", "join", "last", "length", "lower", "trim", "upper")
_TESTS = ("defined", "undefined")
# What the parts of a letter have, and a loop.
_ATTRIBUTES = frozenset(
    {"text", "heading", "label", "caption", "columns", "widths", "rows", "index", "index0", "first", "last", "length"}
)
# Names that mean something to jinja2, and would not count as asked for.
_SPECIAL = frozenset({"self", "super", "caller", "varargs", "kwargs"})
# Nothing else may stand in a template: no arithmetic, no calls, no macros, no assignments. What is left cannot grow
# beyond its data, whoever wrote it.
_ALLOWED = (
    nodes.Template,
    nodes.Output,
    nodes.TemplateData,
    nodes.Name,
    nodes.Getattr,
    nodes.Getitem,
    nodes.For,
    nodes.If,
    nodes.CondExpr,
    nodes.Const,
    nodes.Compare,
    nodes.Operand,
    nodes.And,
    nodes.Or,
    nodes.Not,
    nodes.Filter,
    nodes.Test,
)


class TemplateForbiddenError(ValueError):
    """A template does something other than show fields, loop over them and leave things out."""


class TemplateEnvironment(SandboxedEnvironment):
    """Looks at every text of a template before it runs; ``asked`` collects the fields they name."""

    def __init__(self) -> None:
        super().__init__(autoescape=True, undefined=StrictUndefined)
        self.globals.clear()
        self.filters = {name: self.filters[name] for name in _FILTERS}
        self.tests = {name: self.tests[name] for name in _TESTS}
        self.asked: set[str] = set()
        self.unknown_attributes: set[str] = set()

    def _generate(self, source: nodes.Template, *arguments: Any, **named: Any) -> str:
        self._look_at(source)
        return super()._generate(source, *arguments, **named)  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]

    def _look_at(self, source: nodes.Template) -> None:
        for node in _all(source):
            if not isinstance(node, _ALLOWED):
                raise TemplateForbiddenError(type(node).__name__)
            if isinstance(node, nodes.Getattr) and node.attr not in _ATTRIBUTES:
                self.unknown_attributes.add(node.attr)
            if isinstance(node, nodes.Name) and node.name in _SPECIAL:
                self.asked.add(node.name)
            if isinstance(node, nodes.Getitem) and not isinstance(node.arg, nodes.Const):
                raise TemplateForbiddenError(type(node).__name__)
            if isinstance(node, nodes.For):
                _through_the_outer(node)
        self.asked |= meta.find_undeclared_variables(source)


class _Remembering(TemplateEnvironment):
    """Compiles the same text once: that is half the work of filling a template in."""

    def from_string(
        self,
        source: str | nodes.Template,
        globals: MutableMapping[str, Any] | None = None,  # noqa: A002 - jinja2's own name
        template_class: type[Template] | None = None,
    ) -> Template:
        if not isinstance(source, str) or globals or template_class:
            return super().from_string(source, globals, template_class)
        return self._compiled(source)

    @lru_cache(maxsize=512)  # noqa: B019 - there is one of these for the life of the process
    def _compiled(self, source: str) -> Template:
        return super().from_string(source)


_REMEMBERING = _Remembering()


def _all(node: nodes.Node) -> Iterator[nodes.Node]:
    yield node
    for child in node.iter_child_nodes():
        yield from _all(child)


def _through_the_outer(loop: nodes.For) -> None:
    """A loop inside a loop goes through a part of what the outer one is at, so that nothing is shown over and over."""
    if loop.recursive or not isinstance(loop.target, nodes.Name):
        raise TemplateForbiddenError("loop")
    for inner in loop.find_all(nodes.For):
        names = {found.name for found in inner.iter.find_all(nodes.Name)}
        if isinstance(inner.iter, nodes.Name):
            names.add(inner.iter.name)
        targets = {
            each.target.name for each in (loop, *loop.find_all(nodes.For)) if isinstance(each.target, nodes.Name)
        }
        if not names & targets:
            raise TemplateForbiddenError("loop")


def word(letter: Letter, template: bytes, environment: TemplateEnvironment | None = None) -> bytes:
    """The letter as DOCX by a template. Computes for some tens of milliseconds: call it in a thread.

    Raises TemplateForbiddenError, and jinja2's errors, for templates that were never checked.
    """
    document = DocxTemplate(io.BytesIO(template))
    document.render(letter.fields(), jinja_env=environment or _REMEMBERING)
    made = io.BytesIO()
    document.save(made)  # pyright: ignore[reportUnknownMemberType]
    return settled(made.getvalue())
