"""What a file may write: ``callbacks = [TimeLimit(seconds=600)]``."""

from typing import Annotated

from pydantic import Field

from cnnspec.recipe.callback import Callback


class TimeLimit(Callback):
    """End training after the step in which the time is over."""

    word = "TimeLimit"

    seconds: Annotated[float, Field(gt=0, allow_inf_nan=False, description="how long training may take")]
