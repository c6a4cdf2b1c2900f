"""Run the replicas until they are ended, and write the registry that names them.

python -m benchmarks.replicas build/replicas.toml &
ENISHI_ENDPOINTS=build/replicas.toml python -m server serve
"""

import argparse
import signal
import sys
from pathlib import Path

from ..processes import PeerError, end_orderly
from .data import SOURCES
from .quirks import KNOWN
from .servers import missing, replicas


def main() -> None:
    """Start every replica whose engine is here; say which are not, and why."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.replicas", description="Run replicas of the endpoints."
    )
    parser.add_argument("registry", type=Path, help="the file to write, for ENISHI_ENDPOINTS")
    parser.add_argument("--quirks", choices=list(KNOWN), default="none", help="default: none")
    arguments = parser.parse_args()
    end_orderly()
    for name in SOURCES:
        if why := missing(name):
            print(f"[{name}] is left out: {why}", file=sys.stderr)
    try:
        with replicas([name for name in SOURCES if not missing(name)]) as running:
            quirks, changes = KNOWN[arguments.quirks]
            running.switch(quirks)
            running.write_registry(arguments.registry, **changes)
            for name, wrapper in running.wrappers.items():
                print(f"{name}\t{wrapper.endpoint}", flush=True)
            signal.pause()
    except KeyboardInterrupt:
        pass
    except (PeerError, OSError) as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
