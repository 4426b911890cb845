"""Check that every script of ours can be read by a browser: one that cannot stops all of them."""

import subprocess
import sys
import tempfile
from pathlib import Path

from infra.local.assets import node
from infra.local.places import ROOT

SCRIPTS = ROOT / "platform" / "kit" / "web" / "static" / "js"


def faults() -> list[str]:
    """Return what Node says of each script that it cannot read as a module."""
    command, environment = node()
    found = []
    with tempfile.TemporaryDirectory() as folder:
        for script in sorted(SCRIPTS.glob("*.js")):
            # Node takes a file for a module by its name; a browser by how it is asked for.
            copy = Path(folder) / f"{script.stem}.mjs"
            copy.write_bytes(script.read_bytes())
            answer = subprocess.run(
                [command, "--check", str(copy)],
                env=environment,
                capture_output=True,
                text=True,
                check=False,
            )
            if answer.returncode:
                found.append(f"{script.name}:\n{answer.stderr}")
    return found


if __name__ == "__main__":
    problems = faults()
    print("\n".join(problems) or "Every script can be read.")
    sys.exit(bool(problems))
