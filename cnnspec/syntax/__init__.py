"""Text to tree and tree to text."""

from cnnspec.syntax.parser import ParseResult, parse

__all__ = ["ParseResult", "parse"]
