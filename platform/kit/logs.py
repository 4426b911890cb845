"""Structured logs, one JSON object a line, with the workspace in each; secrets never reach them."""

import logging
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog

from kit import tenancy
from kit.settings import Settings

_SECRET = ("password", "token", "secret", "phone", "document", "email", "address_line", "cookie")


def _workspace(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    workspace = tenancy.current_or_none()
    if workspace is not None:
        event.setdefault("workspace", workspace.schema)
    return event


def _hide(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    for key in event:
        if any(word in key.casefold() for word in _SECRET):
            event[key] = "[hidden]"
    return event


def init_logs(settings: Settings) -> None:
    """Send structlog's and the standard library's records to standard error."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            _workspace,
            _hide,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=settings.environment != "test",
    )
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr)
