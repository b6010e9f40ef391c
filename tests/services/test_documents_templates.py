"""The office's templates are looked at before they are taken: each thing that must not be in one is refused by name."""

import io
import zipfile
from collections.abc import Callable

import pytest
from docx import Document

from domain.document.rejections import (
    TemplateActiveContent,
    TemplateForbidden,
    TemplateNotRendered,
    TemplateTooLarge,
    TemplateUnknownField,
    TemplateUnreadable,
)
from domain.document.values import DocumentKind
from domain.errors import Rejection
from services.documents.built_in import LETTERS
from services.documents.desk import built_in
from services.documents.letters.fields import VALUES
from services.documents.template_check import check_template
from services.documents.word import TemplateForbiddenError, word
from tests.services.document_samples import decision, letters

DECISION = DocumentKind.DECISION
_RELS = "word/_rels/document.xml.rels"
_EXTERNAL = (
    '<Relationship Id="rId99" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/attachedTemplate"'
    ' Target="http://10.0.0.1/x.dotm" TargetMode="External"/></Relationships>'
)


def saying(*lines: str) -> bytes:
    """A template with these paragraphs."""
    document = Document()
    for line in lines:
        document.add_paragraph(line)
    made = io.BytesIO()
    document.save(made)
    return made.getvalue()


def changed(template: bytes, name: str, change: Callable[[bytes], bytes]) -> bytes:
    """The same archive with one part changed, or added."""
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(template)) as source, zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as target:
        names = source.namelist()
        for each in names:
            content = source.read(each)
            target.writestr(each, change(content) if each == name else content)
        if name not in names:
            target.writestr(name, change(b""))
    return made.getvalue()


def refused(template: bytes, kind: DocumentKind = DECISION) -> type[Rejection]:
    with pytest.raises(Rejection) as caught:
        check_template(kind, template)
    return caught.type


@pytest.mark.parametrize("kind", LETTERS)
def test_what_comes_along_passes(kind: DocumentKind):
    check_template(kind, built_in(kind))


@pytest.mark.parametrize("kind", LETTERS)
def test_every_field_of_a_kind_can_be_used(kind: DocumentKind):
    template = saying(*(f"{{{{ {name} }}}}" for name in VALUES[kind]), "{{ title }} {{ date }} {{ copies }}")
    check_template(kind, template)
    assert word(letters()[kind], template)


def test_another_wording_is_filled_in():
    template = saying("兹决定对{{ unit }}作出{{ measure }}处理，依据{{ policy }}。")
    check_template(DECISION, template)
    text = Document(io.BytesIO(word(decision(), template))).paragraphs[0].text
    assert text == f"兹决定对{decision().values['unit']}作出诫勉约谈处理，依据{decision().values['policy']}。"


@pytest.mark.parametrize(
    ("line", "named"),
    [
        ("{{ salary }}", "salary"),
        ("{% if secret %}x{% endif %}", "secret"),
        ("{% for each in people %}{{ each.text }}{% endfor %}", "people"),
        ("{% for part in paragraphs %}{{ part.author }}{% endfor %}", "author"),
        ("{{ statement_by }}", "statement_by"),  # of another kind
        ("{{ title.__class__ }}", "__class__"),
        ("{{ self }}", "self"),
    ],
)
def test_unknown_fields_are_named(line: str, named: str):
    with pytest.raises(TemplateUnknownField) as caught:
        check_template(DECISION, saying(line))
    assert named in str(caught.value.facts["fields"])


@pytest.mark.parametrize(
    "line",
    [
        "{{ 9 * 9 }}",
        "{{ 'x' * 1000000000 }}",
        "{% for i in range(100000) %}x{% endfor %}",
        "{% set x = title %}{{ x }}",
        "{{ title.format() }}",
        "{{ title|attr('__class__') }}",
        "{{ title|center(1000000) }}",
        "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}",
        "{% include 'word/document.xml' %}",
        "{% import 'x' as y %}",
        "{{ title['__class__'] }}{{ paragraphs[number] }}",
        "{% for a in paragraphs %}{% for b in paragraphs %}{{ b.text }}{% endfor %}{% endfor %}",
        "{% for a in paragraphs recursive %}{{ a.text }}{% endfor %}",
        "{{ ''.__class__.__mro__[1].__subclasses__() }}",
        "{{ title ~ title }}",
        "{% if %}",
        "{{ title",
        "{% endfor %}",
        "{{ [1, 2] }}",
        "{{ lipsum() }}",
        "{{ cycler.__init__.__globals__ }}",
    ],
)
def test_a_template_can_do_nothing_but_show(line: str):
    assert refused(saying(line)) in (TemplateForbidden, TemplateUnknownField)


def test_what_slipped_past_the_check_is_refused_when_it_is_filled_in():
    with pytest.raises(TemplateForbiddenError):
        word(decision(), saying("{{ 'x' * 1000000000 }}"))


def test_statements_hide_nowhere():
    document = Document()
    document.sections[0].header.paragraphs[0].text = "{{ 9 * 9 }}"
    document.add_paragraph("{{ title }}")
    made = io.BytesIO()
    document.save(made)
    assert refused(made.getvalue()) is TemplateForbidden
    document = Document()
    document.core_properties.comments = "{{ nothing }}"
    made = io.BytesIO()
    document.save(made)
    assert refused(made.getvalue()) is TemplateUnknownField


@pytest.mark.parametrize("content", [b"", b"PK", b"%PDF-1.7", b"PK\x03\x04" + b"\x00" * 100, "不是文档".encode()])
def test_what_is_no_docx_is_unreadable(content: bytes):
    assert refused(content) is TemplateUnreadable


def test_a_workbook_and_an_empty_archive_are_unreadable():
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr("xl/workbook.xml", "<workbook/>")
    assert refused(made.getvalue()) is TemplateUnreadable


def test_broken_xml_is_unreadable():
    template = changed(built_in(DECISION), "word/document.xml", lambda content: content[:-50])
    assert refused(template) is TemplateUnreadable


@pytest.mark.parametrize(
    ("part", "change"),
    [
        ("word/vbaProject.bin", lambda _: b"macro"),
        ("word/embeddings/oleObject1.bin", lambda _: b"object"),
        ("word/activeX/activeX1.xml", lambda _: b"<x/>"),
        (_RELS, lambda content: content.replace(b"</Relationships>", _EXTERNAL.encode())),
        (
            "word/document.xml",
            lambda content: b'<!DOCTYPE x [<!ENTITY a "b">]>' + content[content.index(b"<w:document") :],
        ),
        (
            "word/document.xml",
            lambda content: content.replace(
                b"<w:body>", b'<w:body><w:p><w:fldSimple w:instr="DDEAUTO c:\\\\cmd"/></w:p>'
            ),
        ),
        (
            "word/document.xml",
            lambda content: content.replace(
                b"<w:body>",
                b"<w:body><w:p><w:r><w:instrText>INCLUDE</w:instrText></w:r>"
                b"<w:r><w:instrText>PICTURE http://10.0.0.1/</w:instrText></w:r></w:p>",
            ),
        ),
        (
            "[Content_Types].xml",
            lambda content: content.replace(
                b"wordprocessingml.document.main+xml", b"wordprocessingml.document.macroEnabled.main+xml"
            ),
        ),
        (
            "[Content_Types].xml",
            lambda content: content.replace(
                b"application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml",
                b"application/vnd.ms-word.document.macroEnabled.main+xml",
            ),
        ),
    ],
)
def test_macros_objects_entities_and_references_to_elsewhere_are_refused(part: str, change: Callable[[bytes], bytes]):
    assert refused(changed(built_in(DECISION), part, change)) in (TemplateActiveContent, TemplateUnreadable)


@pytest.mark.parametrize(
    "name",
    ["../../etc/x", "/etc/x", "word/../../x", "..\\x", "word\\..\\x", "c:/x", "x.xml", "WEB-INF/web.xml", "word/a:b"],
)
def test_a_part_that_belongs_elsewhere_is_refused(name: str):
    assert refused(changed(built_in(DECISION), name, lambda _: b"x")) is TemplateActiveContent


def test_an_archive_that_unpacks_to_too_much_is_refused_without_unpacking_it():
    bomb = changed(built_in(DECISION), "word/media/image1.png", lambda _: b"\x00" * (17 * 1024 * 1024))
    assert len(bomb) < 100_000
    assert refused(bomb) is TemplateTooLarge
    many = io.BytesIO(built_in(DECISION))
    with zipfile.ZipFile(many, "a") as archive:
        for number in range(300):
            archive.writestr(f"word/media/{number}.png", b"")
    assert refused(many.getvalue()) is TemplateTooLarge


def test_an_entry_that_lies_about_its_size_is_not_read_beyond_it():
    template = changed(built_in(DECISION), "word/media/image1.png", lambda _: b"\x00" * 100_000)
    lied = template.replace((100_000).to_bytes(4, "little"), (10).to_bytes(4, "little"))
    assert lied != template
    try:
        check_template(DECISION, lied)
    except Rejection as refusal:
        assert isinstance(refusal, TemplateUnreadable)


def test_what_only_shows_when_it_is_filled_in_is_told():
    assert refused(saying("{% for cell in title %}{{ cell.text.text }}{% endfor %}")) in (
        TemplateNotRendered,
        TemplateUnknownField,
    )
