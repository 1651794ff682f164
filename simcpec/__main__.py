"""`python -m simcpec` is the command `simcpec`."""

from __future__ import annotations

import sys

if __name__ == "__main__":
    try:
        from simcpec.cli import main
    except KeyboardInterrupt:  # before anybody listens for it
        sys.exit(130)
    sys.exit(main())
