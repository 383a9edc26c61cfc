"""What ``[tool.cnnspec]`` may say, with the type of every value."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from cnnspec.analysis.lint_settings import ALL, Limits


class _Table(BaseModel):
    model_config = ConfigDict(
        frozen=True, extra="forbid", alias_generator=lambda name: name.replace("_", "-"), allow_inf_nan=False
    )


#: TOML knows neither tuples nor numbers that are of one type only.
Codes = Annotated[tuple[Annotated[str, Field(strict=True)], ...], Field(description="a list of codes")]
Number = Annotated[float, Field(gt=0)]


class LimitsTable(_Table):
    """``[tool.cnnspec.limits]``"""

    max_nodes: Annotated[int | None, Field(strict=True, ge=1, description="a whole number from 1")] = None
    dense_share: Annotated[float, Field(ge=0, le=1, strict=True, description="a number from 0 to 1")] = 0.5
    learning_rates: Annotated[
        dict[str, tuple[Number, Number]],
        Field(description="for each optimizer the least and the greatest learning rate, such as { adam = [1e-5, 0.01] }"),
    ] = {}

    @field_validator("learning_rates")
    @classmethod
    def _check_ranges(cls, ranges: dict[str, tuple[float, float]]) -> dict[str, tuple[float, float]]:
        from cnnspec.recipe.optimizers import optimizers

        if any(least > most for least, most in ranges.values()):
            raise ValueError("a range begins with its least value")
        if not {name.lower() for name in ranges} <= {name.lower() for name in optimizers()}:
            raise ValueError("there is no such optimizer")
        return ranges

    def for_lints(self) -> Limits:
        """What lints compare with."""
        return Limits(self.dense_share, {name.lower(): ends for name, ends in self.learning_rates.items()})


class ProjectTable(_Table):
    """``[tool.cnnspec]``"""

    select: Codes = (ALL,)
    ignore: Codes = ()
    per_file_ignores: Annotated[
        dict[str, Codes], Field(description='for each pattern of paths a list of codes, such as { "old/*" = ["unused"] }')
    ] = {}
    fail_on: Annotated[Literal["error", "warning", "info"], Field(description="error, warning or info")] = "error"
    limits: Annotated[LimitsTable, Field(description="a table of limits")] = LimitsTable()


def names_beside(keys: tuple[str, ...]) -> tuple[str, ...]:
    """The keys that may stand where a key does."""
    table = LimitsTable if keys[:-1] == ("limits",) else ProjectTable
    return tuple(str(field.alias) for field in table.model_fields.values())


def describe_field(keys: tuple[str, ...]) -> tuple[str, str]:
    """The innermost key on the way that is a field, and what its value must be."""
    name, wanted = "tool.cnnspec", "a table"
    table: type[_Table] | None = ProjectTable
    for key in keys:
        fields = {str(field.alias): field for field in table.model_fields.values()} if table is not None else {}
        if key not in fields:
            break
        name, wanted = key, str(fields[key].description or wanted)
        table = LimitsTable if key == "limits" else None
    return name, wanted
