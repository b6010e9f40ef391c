"""The desk where letters become documents: drawn up, hashed, and kept in the transaction that issues them."""

import asyncio
import hashlib
from collections.abc import Iterable
from functools import cache
from importlib.resources import files
from pathlib import Path

import asyncpg
from asyncpg.pool import PoolConnectionProxy

from domain.document.state import Template
from domain.document.values import DocumentKind, DocumentRef, Format
from services import documents
from services.documents.fonts import typefaces
from services.documents.letter import Letter
from services.documents.pdf import LAYOUT, pdf
from services.documents.word import word
from services.handling.aggregates import TEMPLATE
from services.store.document_store import DocumentStore, KeptDocument, Reader, keep_document
from services.store.event_store import EventStore

MEDIA_TYPES: dict[Format, str] = {
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "pdf": "application/pdf",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
BUILT_IN = "builtin-1"
_LONGEST_NAME = 80


class MissingTemplateError(RuntimeError):
    """A template was published, and its bytes are not there."""


@cache
def built_in(kind: DocumentKind) -> bytes:
    """The template of a kind that comes with the product."""
    return files(documents).joinpath(f"templates/{kind.value}.docx").read_bytes()


class Desk:
    """Draws up documents. What computes runs in a thread, so that the process goes on serving meanwhile."""

    def __init__(self, pool: asyncpg.Pool, fonts_dir: Path | None = None) -> None:
        self._pool = pool
        self._fonts_dir = fonts_dir

    async def draw_up(self, connection: PoolConnectionProxy, letter: Letter) -> tuple[DocumentRef, ...]:
        """Draw a letter up as DOCX, by the template in force, and as PDF, and keep both over the connection.

        Whatever undoes the connection's transaction takes the files back.
        """
        ref, template = await self.template(connection, letter.kind)
        as_word, as_pdf = await asyncio.to_thread(self._render, letter, template)
        readers = [Reader(unit=unit, area=letter.area) for unit in letter.units] or [Reader()]
        return (
            await self.keep(connection, letter.kind, "docx", as_word, ref, letter.file_name, readers),
            await self.keep(connection, letter.kind, "pdf", as_pdf, LAYOUT, letter.file_name, readers),
        )

    async def keep(
        self,
        connection: PoolConnectionProxy,
        kind: DocumentKind,
        form: Format,
        content: bytes,
        template: str,
        name: str,
        readers: Iterable[Reader],
    ) -> DocumentRef:
        """Keep a file that was drawn up and say how events name it."""
        digest = hashlib.sha256(content)
        file_name = f"{name[:_LONGEST_NAME]}.{form}"
        await keep_document(connection, digest.digest(), MEDIA_TYPES[form], file_name, content, readers)
        return DocumentRef(kind=kind, format=form, sha256=digest.hexdigest(), template=template)

    async def template(self, connection: PoolConnectionProxy | asyncpg.Pool, kind: DocumentKind) -> tuple[str, bytes]:
        """The template in force: the office's newest, else the one that comes with the product."""
        stored = await EventStore(connection).state(TEMPLATE.stream(kind))
        if stored is None:
            return f"{kind}@{BUILT_IN}", built_in(kind)
        newest = Template.model_validate_json(stored.state).newest
        found = await DocumentStore(connection).find(bytes.fromhex(newest.sha256))
        if found is None:
            raise MissingTemplateError(newest.sha256)
        return f"{kind}@{newest.version}", found.content

    async def document(self, sha256: str) -> KeptDocument | None:
        """A kept file by the hash of its bytes, for whoever needs no permission."""
        return await DocumentStore(self._pool).find(bytes.fromhex(sha256))

    def _render(self, letter: Letter, template: bytes) -> tuple[bytes, bytes]:
        return word(letter, template), pdf(letter, typefaces(self._fonts_dir))
