"""`python -m rlslabs` is the command."""

import sys

from rlslabs.cli import main

if __name__ == "__main__":
    sys.exit(main())
