"""What a picture cannot do, said in one line with a way out."""

from __future__ import annotations


class RenderError(ValueError):
    """A picture was asked for that does not exist or cannot be drawn here.

    Attributes:
        message: one line with the actual values.
        help: what to do instead.
        missing: a program or package is missing on this machine (exit status 4), not a wrong request (2).
    """

    def __init__(self, message: str, help: str = "", *, missing: bool = False) -> None:
        self.message = message
        self.help = help
        self.missing = missing
        super().__init__(f"{message}; {help}" if help else message)
