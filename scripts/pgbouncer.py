"""Runs a command with PgBouncer between the tests and PostgreSQL: `pgbouncer.py COMMAND [ARGUMENT...]`.

PgBouncer, in transaction mode, is made for the command in front of the server that CHAKRA_TEST_POSTGRES_URL
names, and that variable leads the command to it. Where PgBouncer is not installed the command is not
run, which is a failure with CHAKRA_TEST_REQUIRE_ALL=1.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

from databases import KINDS, end, lets_in
from servers import PgBouncer, Unavailable


def main(command: list[str]) -> int:
    """Runs the command, and gives its exit code."""
    signal.signal(signal.SIGTERM, end)
    kind = KINDS["postgres"]
    url = os.environ.get(kind.variable)
    if not url:
        print(f"error: {kind.variable} is not set; run this by scripts/databases.py", file=sys.stderr)
        return 1
    with tempfile.TemporaryDirectory(prefix="chakra-") as folder:
        # The pooler's account has to find its own folder in it.
        Path(folder).chmod(0o755)
        pooler = PgBouncer(Path(folder) / "pgbouncer", url)
        try:
            pooler.create(lambda port: lets_in(kind, port))
            print(f"PgBouncer: {pooler.url}, made for this run", file=sys.stderr)
            return subprocess.run(command, env={**os.environ, kind.variable: pooler.url}, check=False).returncode
        except Unavailable as error:
            required = os.environ.get("CHAKRA_TEST_REQUIRE_ALL") == "1"
            print(f"{'error' if required else 'left out'}: {error}", file=sys.stderr)
            return 1 if required else 0
        except KeyboardInterrupt:
            return 130
        finally:
            pooler.stop()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
