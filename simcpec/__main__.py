"""`python -m simcpec` is the command `simcpec`."""

from __future__ import annotations

import sys

from simcpec.cli import main

if __name__ == "__main__":
    sys.exit(main())
