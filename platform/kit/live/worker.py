"""The gunicorn worker of streams: told to stop, it ends them instead of waiting for them."""

import threading
from typing import Any

from gunicorn.workers.gthread import ThreadWorker

from kit.live.hub import stop_all


class Worker(ThreadWorker):  # type: ignore[misc] # gunicorn ships no types
    """A thread for each stream."""

    def handle_exit(self, sig: int, frame: Any) -> None:
        # A thread of its own: the signal may have come while this one held a lock.
        threading.Thread(target=stop_all, daemon=True).start()
        super().handle_exit(sig, frame)
