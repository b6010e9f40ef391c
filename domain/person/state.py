"""A person as the next decision needs them: there is a state only once the person was erased."""

from pydantic import BaseModel, ConfigDict


class Erased(BaseModel):
    """An erased person."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    person_id: str
