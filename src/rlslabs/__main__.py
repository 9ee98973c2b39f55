"""`python -m rlslabs` is the command."""

import sys

from rlslabs.cli import main

sys.exit(main())
