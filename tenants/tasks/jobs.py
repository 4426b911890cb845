"""The end of a batch: its summary, and word of it to who asked."""

from sqlalchemy import select

from kit.db import session
from kit.i18n import lazy_gettext as _l
from kit.jobs import JobRun, job
from kit.jobs.tables import JobState
from tenants.accounts.models import User
from tenants.notices import services
from tenants.notices.kinds import Kind, Placeholder, register

BATCH_DONE = register(
    Kind(
        code="tasks:batch_done",
        group=_l("Background tasks"),
        label=_l("A batch of background tasks is finished"),
        title=_l("{what}: {done} done, {rest} not"),
        whom=_l("Who asked for it"),
        placeholders={
            "what": Placeholder(_l("What was done"), _l("Import rows")),
            "done": Placeholder(_l("Done"), "12"),
            "rest": Placeholder(_l("Not done"), "1"),
        },
        path="/tasks/{id}",
        icon="stack-2",
    )
)


@job(
    "tasks.tell_batch",
    title=_l("Tell that a batch is finished"),
    even_read_only=True,
)
def tell_batch(run: JobRun, *, what: str) -> None:
    """Tell who asked for a batch how its parts ended; give it as `then` to `enqueue_batch`."""
    counts = run.batch()
    done = counts.get(JobState.DONE, 0)
    person = session().scalar(select(User).where(User.public_id == (run.person or "")))
    services.notify(
        BATCH_DONE,
        run.id,
        [person],
        what=what,
        done=f"{done:,}",
        rest=f"{sum(counts.values()) - done:,}",
    )
