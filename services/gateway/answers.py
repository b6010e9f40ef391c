"""How commands are answered: the receipt as JSON, its version as ETag."""

from uuid import UUID

from fastapi import Response

from services.handling.receipts import Receipt


def receipt_answer(receipt: Receipt, *, location: str | None = None) -> Response:
    """200, or 201 with the place of what was opened. Built by hand: the receipt is valid, and this is the hot path."""
    headers = {"ETag": etag(receipt.version)}
    if location is not None:
        headers["Location"] = location
    return Response(receipt.model_dump_json(), 201 if location else 200, headers, "application/json")


def etag(version: int) -> str:
    """A version as If-Match takes it."""
    return f'"{version}"'


def item_path(item_id: UUID) -> str:
    """Where an item stands."""
    return f"/v1/items/{item_id}"
