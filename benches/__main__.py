"""Entry point of `python -m benches`."""

import sys

from benches.cli import main

sys.exit(main())
