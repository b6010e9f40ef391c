"""A text in both languages of the interface."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field


class Text(BaseModel):
    """Simplified Chinese first, English second."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    zh: Annotated[str, Field(min_length=1, max_length=2000)]
    en: Annotated[str, Field(min_length=1, max_length=2000)]
