"""Draws up documents 文书: letters as DOCX and PDF, ledgers as XLSX, kept under the hash of their bytes."""
