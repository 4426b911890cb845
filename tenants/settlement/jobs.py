"""Background work of this module."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from kit import audit, clock, tenancy
from kit.i18n import lazy_gettext as _l
from kit.jobs import JobRun, Monthly, job, schedule
from tenants.settlement import services
from tenants.settlement.parameters import AT_MONTH_END
from tenants.settlement.telling import tell_settled


@job(
    "settlement.settle_month",
    title=_l("Settle the month"),
    queue="bulk",
    timeout=1800,
)
def settle_month(run: JobRun, *, due: str) -> None:
    """Settle what was due by the last day of the month before, where the workspace wants it.

    A night that was missed is made up for by the next look at the clock; the run's key is the
    month, so whoever does it a second time finds it done.
    """
    del run
    if not AT_MONTH_END.value():
        return
    begun, zone = clock.now(), ZoneInfo(tenancy.current().timezone)
    night = datetime.fromisoformat(due).astimezone(zone).date()
    until = night.replace(day=1) - timedelta(days=1)
    made = services.settle_if_due(until=until, key=f"month:{until:%Y-%m}", by=audit.SYSTEM)
    if made is not None and made.created_at >= begun:
        tell_settled(made, by=audit.SYSTEM)


schedule(settle_month, every=Monthly(1, "02:30"))
