"""The one arrow: tenants -> control -> kit, and downwards inside tenants."""

import subprocess
import sys

from tests.house.source import ROOT


def test_import_contracts_are_kept():
    found = subprocess.run(
        [sys.executable, "-m", "infra.imports"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert found.returncode == 0, found.stdout
