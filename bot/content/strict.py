"""What every checked file has in common."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, StringConstraints

Line = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]


class Strict(BaseModel):
    """Refuses keys that it does not know: a typing error must not silently hide an answer."""

    model_config = ConfigDict(extra="forbid", frozen=True)
