"""Die on purpose: how tests show that a process killed between any two steps harms nothing.

`CRASH_AT` names a point; the process that reaches it is gone at once, as by kill -9. Production
has no such points.
"""

import os
import signal

from kit.settings import get_settings


def crash_point(name: str) -> None:
    """Kill this process if the setting CRASH_AT names this point."""
    settings = get_settings()
    if settings.crash_at == name and settings.is_development:
        os.kill(os.getpid(), signal.SIGKILL)
