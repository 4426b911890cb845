"""Says which packages some supported machine needs and the Python lock file lacks.

pip-compile leaves out requirements whose marker is false where it runs, and pip refuses
a hashed file that lacks one it needs. `infra/bin/lock` runs this at its end, after the
environment holds what the lock file names; what it finds belongs into older-pythons.in.
"""

import itertools
import re
import sys
from importlib import metadata

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from infra.local.places import ROOT

PYTHONS = ("3.11.0", "3.11.9", "3.12.0", "3.13.0", "3.14.0")
SYSTEMS = (("Linux", "linux"), ("Darwin", "darwin"))
MACHINES = ("x86_64", "aarch64", "arm64")


def machines() -> list[dict[str, str]]:
    """Answer what markers ask of every kind of machine that is supported."""
    return [
        {
            "python_version": python.rpartition(".")[0],
            "python_full_version": python,
            "implementation_version": python,
            "platform_system": system,
            "sys_platform": short,
            "platform_machine": machine,
            "os_name": "posix",
            "extra": "",
        }
        for python, (system, short), machine in itertools.product(PYTHONS, SYSTEMS, MACHINES)
    ]


def missing(locked: set[str]) -> set[str]:
    """Answer a line for every requirement that some machine has and the lock file has not."""
    found = set()
    for name in locked:
        try:
            requirements = metadata.distribution(name).requires or []
        except metadata.PackageNotFoundError:
            continue
        for requirement in map(Requirement, requirements):
            if canonicalize_name(requirement.name) in locked or requirement.marker is None:
                continue
            if any(requirement.marker.evaluate(machine) for machine in machines()):
                found.add(f"{name} needs {requirement}")
    return found


if __name__ == "__main__":
    lock = (ROOT / "infra" / "locks" / "python.txt").read_text(encoding="utf-8")
    names = re.findall(r"^([A-Za-z0-9._-]+)==", lock, re.MULTILINE)
    if lines := missing({str(canonicalize_name(name)) for name in names}):
        sys.exit("Missing in infra/locks/python.txt:\n" + "\n".join(sorted(lines)))
