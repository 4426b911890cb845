"""Where things are on this machine: folders and ports."""

import os
import socket
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def var() -> Path:
    """Answer the folder of all data of this machine: `var/`, unless SIMTREE_VAR moves it."""
    folder = Path(os.environ.get("SIMTREE_VAR") or ROOT / "var").absolute()
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def free_port(wanted: int = 0) -> int:
    """Answer the wanted port of this machine, or the next that is free; 0 takes any.

    Nothing keeps the port until its server binds it, so take it at once.
    """
    for port in range(wanted, min(wanted + 200, 65536)) if wanted else [0]:
        with socket.socket() as probe:
            # As servers do, so that a connection that lingers does not look like a server.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise SystemExit(f"No port between {wanted} and {wanted + 199} is free on 127.0.0.1.")


def say(sentence: str) -> None:
    """Show a sentence at once, even where the terminal is a pipe."""
    print(sentence, flush=True)
