"""The quiet hours, in the workspace's zone."""

from datetime import UTC, datetime, time, timedelta

from kit import i18n
from tenants.customers.parameters import QUIET_SINCE, QUIET_UNTIL


def next_time(now: datetime) -> datetime:
    """Return when something may be sent that is ready now: at once, or when it is loud again."""
    since, until = QUIET_SINCE.value(), QUIET_UNTIL.value()
    local = now.astimezone(i18n.timezone())
    hours = (local.hour - since) % 24
    if hours >= (until - since) % 24:
        return now
    day = local.date() if local.hour < until else local.date() + timedelta(days=1)
    return datetime.combine(day, time(until), i18n.timezone()).astimezone(UTC)
