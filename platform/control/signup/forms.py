"""The forms of sign-up."""

from collections.abc import Callable
from typing import Any

from flask import request, url_for
from wtforms import HiddenField

from control.billing.models import PlanVersion
from control.billing.plans import (
    offered_versions,
    sold_currencies,
    trial_version,
    usual_currency,
)
from control.domains.services import refuse_bad_address
from control.signup import draft, rules
from control.signup.labels import CONTACT_ROLES, PURPOSES, SERVICE_TYPES
from control.signup.rules import NewSignup
from kit.forms import (
    CheckField,
    ChoiceField,
    EmailField,
    Form,
    PasswordField,
    PhoneField,
    TextField,
)
from kit.i18n import current_locale, ngettext
from kit.i18n import gettext as _
from kit.i18n import lazy_gettext as _l
from kit.security import hash_password, refuse_weak_password
from kit.settings import get_settings
from kit.zones import guess_zone, zone_choices

_NEW_PASSWORD = {"autocomplete": "new-password"}


class AddressField(TextField):
    """The first label of a workspace's host; capitals are taken as small letters."""

    def process_formdata(self, valuelist: list[str]) -> None:
        super().process_formdata(valuelist)
        if self.data:
            self.data = self.data.lower()


class SignupForm(Form):
    """Everything a sign-up asks for; a password that was accepted travels on sealed, as a hash."""

    company = TextField(_l("Company name"), length=100, render_kw={"autocomplete": "organization"})
    address = AddressField(
        _l("Workspace address"),
        length=30,
        help=_l("3 to 30 lower-case letters, digits and hyphens. It cannot be changed later."),
        render_kw={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"},
    )
    contact_name = TextField(_l("Your name"), length=50, render_kw={"autocomplete": "name"})
    username = TextField(
        _l("User name"),
        length=20,
        help=_l("3 to 20 letters, digits or underscores; you log in with it."),
        render_kw={"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false"},
    )
    email = EmailField(_l("E-mail address"), help=_l("We send a link there to confirm it."))
    phone = PhoneField(_l("Mobile number"), mobile=True)
    password = PasswordField(
        _l("Password"),
        required=False,
        help=_l("At least 8 characters, of three kinds: lower case, upper case, digits, others."),
        render_kw=_NEW_PASSWORD,
    )
    confirm = PasswordField(_l("Password again"), required=False, render_kw=_NEW_PASSWORD)
    purpose = ChoiceField(_l("What is the workspace for?"), PURPOSES.items())
    contact_role = ChoiceField(_l("Your role"), CONTACT_ROLES.items())
    service_type = ChoiceField(_l("How do you want to start?"), SERVICE_TYPES.items())
    plan = ChoiceField(
        _l("Plan to try"),
        help=_l("Free until the days are over; you choose again before you buy."),
    )
    currency = ChoiceField(
        _l("Currency"),
        help=_l("Of your own prices and of our invoices. It stays once something is bought."),
    )
    timezone = ChoiceField(
        _l("Time zone"),
        picker=True,
        help=_l("In which your people read times, and in which days and months end."),
    )
    reference_code = TextField(
        _l("Reference code"),
        required=False,
        length=40,
        help=_l("Only if somebody gave you one."),
        render_kw={"autocomplete": "off"},
    )
    terms = CheckField(
        _l("I have read and accept the terms of service and the privacy statement."),
        required=True,
    )
    draft = HiddenField()

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._offer()
        self.address.suffix = f".{get_settings().base_domain}"
        self._need_password()
        self.company.render_kw = {
            **self.company.render_kw,
            "hx-get": url_for("signup.suggestion"),
            "hx-include": "[name=address]",
            "hx-trigger": "change",
            "hx-target": "#address-box",
            "hx-swap": "outerHTML",
            "data-proposal": "",
        }
        self.address.render_kw = {
            **self.address.render_kw,
            "hx-get": url_for("signup.availability"),
            "hx-trigger": "input changed delay:400ms",
            "hx-target": "#address-note",
            "hx-swap": "innerHTML",
        }

    def _offer(self) -> None:
        """Offer what is sold; what was not chosen yet is the usual."""
        usual = trial_version()
        self.plan.refill([(one.plan.code, _tried(one)) for one in offered_versions()])
        self.currency.refill([(one, one) for one in sold_currencies()])
        self.timezone.refill(zone_choices())
        if self.plan.name in request.form:
            return
        self.plan.data = self.plan.data or usual.plan.code
        self.currency.data = self.currency.data or usual_currency(usual)
        if not self.timezone.data:
            self.timezone.data = guess_zone(request.accept_languages.values())
            # A browser knows better than the language it speaks.
            self.timezone.render_kw = {**self.timezone.render_kw, "data-own-zone": ""}

    @classmethod
    def begun(cls, *, plan: str, currency: str) -> "SignupForm":
        """Return an empty form for who comes from a price; what is not offered is not chosen."""
        form = cls()
        for field, wanted in ((form.plan, plan), (form.currency, currency)):
            if wanted and wanted in {one.value for one in field.choices}:
                field.data = wanted
        return form

    @classmethod
    def of(cls, details: NewSignup, *, submission: str) -> "SignupForm":
        """Return the form filled with a sign-up that is not entered yet."""
        return cls(
            formdata=None,
            data={
                **{name: getattr(details, name) for name in _TYPED},
                "submission": submission,
                "draft": draft.seal(details, submission=submission),
            },
        )

    @property
    def has_password(self) -> bool:
        """Whether an accepted password is kept, so that it need not be typed again."""
        kept = draft.unseal(self.draft.data, submission=self.submission.data)
        return bool(kept and kept.password_hash)

    def _need_password(self) -> None:
        for field in (self.password, self.confirm):
            field.flags.required = not self.has_password

    def checked(self, *, also: Callable[[], None]) -> NewSignup | None:
        """Return the sign-up if no rule is broken; otherwise every broken rule is told.

        `also` is one more rule. An accepted password is kept either way.
        """
        is_sound = self.validate()
        self.attempt(also)
        for rule, field in (
            (refuse_bad_address, self.address),
            (rules.refuse_bad_username, self.username),
            (rules.refuse_bad_email, self.email),
        ):
            if field.data and not field.errors:
                self.attempt(lambda rule=rule, field=field: rule(field.data))  # type: ignore[misc]
        details = self._details()
        if details.password_hash:
            self.draft.data = draft.seal(details, submission=self.submission.data)
            self._need_password()
        return details if is_sound and not self.refused else None

    def _details(self) -> NewSignup:
        values = {name: self[name].data or "" for name in _TYPED}
        values["reference_code"] = self.reference_code.data or None
        details = NewSignup(**values, password_hash="", locale=current_locale())
        return NewSignup(
            **values, password_hash=self._password_hash(details), locale=current_locale()
        )

    def _password_hash(self, details: NewSignup) -> str:
        typed = self.password.data or ""
        if typed or self.confirm.data:
            self.attempt(lambda: refuse_weak_password(typed, about=details.personal))
            if typed != self.confirm.data:
                self.confirm.errors = (*self.confirm.errors, _("The two passwords differ."))
            if self.password.errors or self.confirm.errors:
                return ""
            return hash_password(typed)
        kept = draft.unseal(self.draft.data, submission=self.submission.data)
        if kept is None or not kept.password_hash:
            self.password.errors = (*self.password.errors, _("Please fill this in."))
            return ""
        if kept.personal != details.personal:
            # The rule about one's own data cannot be asked of a hash.
            self.password.errors = (
                *self.password.errors,
                _("Your own data has changed: please type the password once more."),
            )
            return ""
        return kept.password_hash


_TYPED = (
    "company",
    "address",
    "contact_name",
    "username",
    "email",
    "phone",
    "purpose",
    "contact_role",
    "service_type",
    "reference_code",
    "plan",
    "currency",
    "timezone",
)


def _tried(version: PlanVersion) -> str:
    return str(
        ngettext(
            "%(plan)s: %(num)s day free",
            "%(plan)s: %(num)s days free",
            version.trial_days,
            plan=version.plan.name(current_locale()),
        )
    )


class ReviewForm(Form):
    """What the review page sends on: the sealed sign-up."""

    draft = HiddenField()


class PressForm(Form):
    """A button and nothing else."""
