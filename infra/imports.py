"""Run import-linter with the source root platform/ on the path."""

import sys
from pathlib import Path

from importlinter.cli import EXIT_STATUS_SUCCESS, lint_imports

ROOT = Path(__file__).resolve().parents[1]

if __name__ == "__main__":
    sys.path[:0] = [str(ROOT), str(ROOT / "platform")]
    sys.exit(lint_imports() != EXIT_STATUS_SUCCESS)
