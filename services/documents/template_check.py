"""Looks at a template that the office hands in: a plain DOCX, of a sane size, that shows known fields and no more."""

import io
import re
import zipfile
from xml.parsers import expat

from jinja2 import TemplateError, TemplateSyntaxError

from domain.document.rejections import (
    TemplateActiveContent,
    TemplateForbidden,
    TemplateNotRendered,
    TemplateTooLarge,
    TemplateUnknownField,
    TemplateUnreadable,
)
from domain.document.values import DocumentKind
from services.documents.letters.fields import sample
from services.documents.word import TemplateEnvironment, TemplateForbiddenError, word

MOST_BYTES = 4 * 1024 * 1024
# Unpacked: the text itself, which costs time, and everything with it, such as a picture of an emblem.
_MOST_TEXT, _MOST_UNPACKED, _MOST_PARTS = 1024 * 1024, 16 * 1024 * 1024, 200
_MAIN = "word/document.xml"
_MAIN_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
_TYPES = "[Content_Types].xml"
_ACTIVE = re.compile(
    r"vbaproject|vbadata|activex|embeddings/|oleobject|attachedtoolbars|\.bin$|\.exe$|\.js$", re.IGNORECASE
)
_ACTIVE_TYPES = re.compile(r"macroenabled|vbaproject|activex|oleobject", re.IGNORECASE)
# Where a DOCX keeps its parts. Nothing else is carried over into letters, least of all a name that leads elsewhere.
_PLACES = re.compile(r"(_rels|word|docProps|docMetadata|customXml)/([^\x00-\x1f\\:]*)")
# Fields that Word computes by itself, from the document alone.
_FIELDS = frozenset({"PAGE", "NUMPAGES", "SECTIONPAGES", "MERGEFORMAT", "ARABIC", "CHINESENUM3"})
_SHOWN_FIELDS = 20


def check_template(kind: DocumentKind, template: bytes) -> None:
    """Raise what is wrong with a template. Computes for some tens of milliseconds: call it in a thread."""
    try:
        with zipfile.ZipFile(io.BytesIO(template)) as archive:
            _look_at_parts(archive)
    except (zipfile.BadZipFile, NotImplementedError, EOFError, RuntimeError, OSError) as error:
        raise TemplateUnreadable(fault=type(error).__name__) from None
    _fill_in(kind, template)


def _look_at_parts(archive: zipfile.ZipFile) -> None:
    parts = archive.infolist()
    names = [part.filename for part in parts]
    if _MAIN not in names or _TYPES not in names or len(set(names)) < len(names):
        raise TemplateUnreadable(fault=_MAIN)
    text = sum(part.file_size for part in parts if part.filename.endswith((".xml", ".rels")))
    # Nothing is read beyond the size that its entry states, so these are the sizes.
    if len(parts) > _MOST_PARTS or sum(part.file_size for part in parts) > _MOST_UNPACKED or text > _MOST_TEXT:
        raise TemplateTooLarge(limit_bytes=_MOST_UNPACKED)
    for part in parts:
        if not _is_at_home(part.filename):
            raise TemplateActiveContent(part=part.filename[:100])
        if _ACTIVE.search(part.filename):
            raise TemplateActiveContent(part=part.filename[:100])
        if part.filename.endswith((".xml", ".rels")):
            _look_at_xml(part.filename, archive.read(part))


def _is_at_home(name: str) -> bool:
    return name == _TYPES or (_PLACES.fullmatch(name) is not None and ".." not in name.split("/"))


class _Part:
    """Reads one part's XML as it comes and refuses what a letter does not have."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._open: list[str] = []
        self.instructions: list[str] = []

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        local = _local(tag)
        self._open.append(local)
        if local in {"altChunk", "control", "object"} or attributes.get("TargetMode", "").lower() == "external":
            raise TemplateActiveContent(part=self._name[:100])
        if local == "fldChar":
            self.instructions.append(" ")
        self.instructions += [f" {text} " for name, text in attributes.items() if _local(name) == "instr"]
        if self._name == _TYPES:
            self._look_at_type(attributes)

    def _look_at_type(self, attributes: dict[str, str]) -> None:
        kind = attributes.get("ContentType", "")
        if _ACTIVE_TYPES.search(kind):
            raise TemplateActiveContent(part=self._name)
        if attributes.get("PartName") == f"/{_MAIN}" and kind != _MAIN_TYPE:
            raise TemplateUnreadable(fault=_MAIN)

    def end(self, _tag: str) -> None:
        self._open.pop()

    def text(self, written: str) -> None:
        if self._open[-1] == "instrText":
            self.instructions.append(written)

    def doctype(self, *_declared: object) -> None:
        # Entities could make a small file large, or read others.
        raise TemplateActiveContent(part=self._name[:100])


def _look_at_xml(name: str, content: bytes) -> None:
    part, parser = _Part(name), expat.ParserCreate()
    parser.StartElementHandler, parser.EndElementHandler = part.start, part.end
    parser.CharacterDataHandler, parser.StartDoctypeDeclHandler = part.text, part.doctype
    try:
        parser.Parse(content, True)
    except expat.ExpatError as error:
        raise TemplateUnreadable(fault=f"{name[:100]}: {error}") from None
    fields = {word.upper() for word in re.findall(r"[A-Za-z]\w*", "".join(part.instructions))}
    if fields - _FIELDS:
        raise TemplateActiveContent(part=f"{name[:100]}: {', '.join(sorted(fields - _FIELDS))[:100]}")


def _local(name: str) -> str:
    return name.rpartition(":")[2]


def _fill_in(kind: DocumentKind, template: bytes) -> None:
    letter, environment = sample(kind), TemplateEnvironment()
    fault: Exception | None = None
    try:
        word(letter, template, environment)
    except TemplateForbiddenError as error:
        raise TemplateForbidden(statement=str(error)) from None
    except TemplateSyntaxError as error:
        raise TemplateForbidden(statement=(error.message or "")[:200]) from None
    except Exception as error:  # noqa: BLE001 - whatever a stranger's file makes the libraries stumble over
        fault = error
    unknown = sorted((environment.asked - letter.fields().keys()) | environment.unknown_attributes)
    if unknown:
        raise TemplateUnknownField(fields=", ".join(unknown[:_SHOWN_FIELDS]))
    if isinstance(fault, TemplateError):
        raise TemplateNotRendered(fault=(fault.message or type(fault).__name__)[:200])
    if fault is not None:
        raise TemplateUnreadable(fault=type(fault).__name__)
