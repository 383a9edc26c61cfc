"""What a text may hold, so that no file can hang or exhaust the checker."""

from __future__ import annotations

from typing import Final

#: Bytes of a file; whoever reads files checks it before reading.
MAX_FILE_BYTES: Final = 16 * 2**20
#: Characters of a name.
MAX_NAME: Final = 200
#: Characters of a string.
MAX_STRING: Final = 4096
#: The greatest integer: 64 bits with a sign.
MAX_NUMBER: Final = 2**63 - 1
#: Brackets, braces, operands and arguments inside one another.
MAX_NESTING: Final = 200
#: Terms of one expression, such as ``1 + 1 + …``; a walker may not recurse along them.
MAX_TERMS: Final = 1000
#: Items of one list.
MAX_ITEMS: Final = 10_000
#: Values in a list and in the lists in it: what a list of constants may come to.
MAX_LEAVES: Final = 100_000
#: Statements, steps and branches of a file; a caller that allows more layers allows as many of these.
MAX_STATEMENTS: Final = 100_000
#: Words, signs, blanks, line ends and comments of a file.
MAX_TOKENS: Final = 500_000
#: Mistakes of syntax that are reported for one file.
MAX_MISTAKES: Final = 1000
