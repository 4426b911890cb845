"""Changing what the workspace wants of passwords and log-ins."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from kit import audit, clock, ids
from kit.db import refuse_stale, session, transaction
from kit.errors import Refused
from kit.i18n import gettext as _
from kit.security import PasswordPreset
from tenants.accounts import events
from tenants.accounts.models import Role, SecurityPolicy

LONGEST_IDLE = 480


def edit_policy(
    *,
    version: int,
    preset: PasswordPreset,
    passwords_expire: bool,
    mail_codes: bool,
    idle_minutes: int,
    second_step_for: Sequence[Role],
    sms_codes: bool = False,
    security_questions: bool = False,
    passkey_for: Sequence[Role] = (),
    by: audit.Actor,
) -> None:
    """Change the policy, and which roles want a second step; both hold from the next log-in on.

    Refuses a stale copy, and expiry with the preset that has none.
    """
    with transaction() as work:
        if not 0 <= idle_minutes <= LONGEST_IDLE:
            raise Refused(
                _("Between 0 and %(most)s minutes.", most=LONGEST_IDLE), field="idle_minutes"
            )
        if passwords_expire and preset == PasswordPreset.ASVS:
            raise Refused(
                _("This policy knows no expiry: length protects better than change."),
                field="passwords_expire",
            )
        row = _locked()
        refuse_stale(row, version)
        values = {
            "preset": preset.value,
            "passwords_expire": passwords_expire,
            "mail_codes": mail_codes,
            "sms_codes": sms_codes,
            "security_questions": security_questions,
            "idle_minutes": idle_minutes,
        }
        fields = [name for name, value in values.items() if getattr(row, name) != value]
        for name in fields:
            setattr(row, name, values[name])
        wanted = {
            "requires_second_step": ("second_step_for", {role.id for role in second_step_for}),
            "requires_passkey": ("passkey_for", {role.id for role in passkey_for}),
        }
        roles = work.scalars(select(Role).order_by(Role.id).with_for_update(of=Role)).all()
        for role in roles:
            for attribute, (field, chosen) in wanted.items():
                if getattr(role, attribute) != (role.id in chosen):
                    setattr(role, attribute, role.id in chosen)
                    role.version += 1
                    fields += [] if field in fields else [field]
        row.version += 1
        audit.record(
            events.POLICY_EDITED,
            row,
            by=by,
            fields=fields,
            preset=preset.value,
            second_step_for=[role.name for role in roles if role.requires_second_step],
            passkey_for=[role.name for role in roles if role.requires_passkey],
        )


def _locked() -> SecurityPolicy:
    """Return the policy's only row, made here where there was none, locked until the verb ends."""
    session().execute(
        insert(SecurityPolicy)
        .values(
            public_id=ids.new(),
            created_at=clock.now(),
            preset=PasswordPreset.MANUAL.value,
            passwords_expire=False,
            mail_codes=True,
            idle_minutes=0,
            version=1,
        )
        .on_conflict_do_nothing()
    )
    return (
        session()
        .scalars(select(SecurityPolicy).with_for_update().execution_options(populate_existing=True))
        .one()
    )
