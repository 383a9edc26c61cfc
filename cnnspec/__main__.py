"""``python -m cnnspec`` is the command ``cnnspec``."""

import sys

from cnnspec.cli import main

if __name__ == "__main__":
    sys.exit(main())
