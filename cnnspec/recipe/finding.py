"""What is wrong with a recipe, before anything is known about places in a text."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from cnnspec.diagnostics import Diagnostic, Span
from cnnspec.record import field, record


@record
class Finding:
    """A diagnostic of the topic ``recipes`` that still lacks its places.

    Attributes:
        key: what it is about: a key of the recipe (``loss``), an item of one (``callbacks[1]``), or "" for the recipe.
        factory: the diagnostic's factory.
        values: the factory's keyword arguments.
        related: another place that takes part: a key, or ``input`` / ``output`` of the model; "" for none.
    """

    key: str
    factory: Callable[..., Diagnostic] = field(repr=False)
    values: Mapping[str, object]
    related: str = ""

    def at(self, spans: Mapping[str, Span], whole: Span) -> Diagnostic:
        """The diagnostic, with the places of keys (``loss``), items (``callbacks[1]``), ``input`` and ``output``.

        What ``spans`` does not have falls back to the key without its item, then to ``whole``. ``"loss="`` may give the
        span of a key's value; where it does, the diagnostic offers its change as an edit.
        """
        key = self.key.partition("[")[0]
        value = spans.get(f"{key}=")
        place = spans.get(self.key) or value or spans.get(key) or whole
        values = dict(self.values)
        if values.pop("edits", False) and value is not None:
            values["value_span"] = value
        return self.factory(place, **values, related=spans.get(self.related))
