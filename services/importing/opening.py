"""Opens a ledger by what its first bytes say it is, not by its name."""

from pathlib import Path

from services.importing.ledger import Ledger, read_bytes
from services.importing.mapping import MarkedMapping
from services.importing.text_ledger import open_text
from services.importing.workbook_ledger import COMPOUND_FILE, ZIP, open_workbook


def open_ledger(path: Path, mapping: MarkedMapping) -> Ledger:
    """Open the file at its header and hold the mapping's columns against it, before anything is read in.

    Raises UnreadableLedgerError, UnusableDocumentError (the mapping), OSError.
    """
    content = read_bytes(path)
    form, columns = mapping.mapping.file, mapping.mapping.columns
    opens = open_workbook if content.startswith((ZIP, COMPOUND_FILE)) else open_text
    ledger = opens(content, form, columns)
    mapping.check_columns(ledger.header, ledger.header_line)
    return ledger
