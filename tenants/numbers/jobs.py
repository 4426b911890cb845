"""Background work of this module."""

from datetime import timedelta

from kit.i18n import lazy_gettext as _l
from kit.jobs import JobRun, job, schedule
from tenants.numbers import services


@job("numbers.expire_holds", title=_l("Give back numbers whose hold is over"))
def expire_holds(run: JobRun) -> None:
    """Give back numbers whose hold is over."""
    del run
    services.expire_holds()


@job("numbers.recycle_numbers", title=_l("Put rested numbers back into stock"))
def recycle_numbers(run: JobRun) -> None:
    """Put numbers back into stock that have rested long enough."""
    del run
    services.recycle_numbers()


schedule(expire_holds, every=timedelta(minutes=5))
schedule(recycle_numbers, every=timedelta(days=1))
