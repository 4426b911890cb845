"""Pages of the public site: what Simtree is, signing up, the mail's link, progress."""

from flask import Response, make_response, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from control.billing.labels import intervals
from control.billing.plans import trial_version
from control.domains import queries as domains
from control.domains.services import refuse_bad_address
from control.plane import current_plane
from control.provisioning.models import BuildState
from control.signup import access, draft, labels, queries, services
from control.signup.forms import PressForm, ReviewForm, SignupForm
from control.signup.models import Signup, SignupState
from control.signup.realm import SITE
from control.signup.rules import TERMS_VERSION
from control.signup.services import Visitor
from kit.errors import Missing, Refused
from kit.i18n import gettext as _
from kit.personal import national
from kit.security import RealmBlueprint, client_address, public
from kit.settings import get_settings
from kit.web import form_may_lead_to, go, page, toast
from kit.zones import zone_choices

blueprint = RealmBlueprint("signup", __name__, realm=SITE, template_folder="templates")


def _visitor() -> Visitor:
    return Visitor(address=client_address())


@blueprint.get("/")
@public
def home() -> Response:
    return page("signup/home.html", version=trial_version(), intervals=intervals())


@blueprint.get("/terms")
@public
def terms() -> Response:
    return page("signup/terms.html", version=TERMS_VERSION)


@blueprint.get("/privacy")
@public
def privacy() -> Response:
    return page("signup/privacy.html", version=TERMS_VERSION)


@blueprint.get("/signup")
@public
def new() -> Response:
    form = SignupForm.begun(
        plan=request.args.get("plan", ""), currency=request.args.get("currency", "")
    )
    return page("signup/new.html", form=form)


@blueprint.post("/signup")
@public
def review() -> Response:
    form = SignupForm()
    details = form.checked(also=lambda: services.refuse_too_many(client_address()))
    if details is None:
        return page("signup/new.html", form=form, http_status=form.status)
    return page(
        "signup/review.html",
        form=form,
        details=details,
        phone=national(details.phone),
        labels=labels,
        plan=trial_version(details.plan),
        zone=dict(zone_choices()).get(details.timezone, ""),
        url=domains.workspace_url(details.address),
    )


@blueprint.post("/signup/edit")
@public
def edit() -> BaseResponse:
    form = ReviewForm()
    details = draft.unseal(form.draft.data, submission=form.submission.data)
    if details is None:
        return _too_late()
    filled = SignupForm.of(details, submission=form.submission.data)
    filled.terms.data = True
    return page("signup/new.html", form=filled)


@blueprint.post("/signup/submit")
@public
def submit() -> BaseResponse:
    form = ReviewForm()
    details = draft.unseal(form.draft.data, submission=form.submission.data)
    if details is None:
        return _too_late()
    try:
        signup = services.submit_signup(
            details,
            submission=form.submission.data,
            ip_address=client_address(),
            by=_visitor(),
        )
    except Refused as refusal:
        filled = SignupForm.of(details, submission=form.submission.data)
        filled.terms.data = True
        filled.refuse(refusal)
        return page("signup/new.html", form=filled, http_status=filled.status)
    return go(url_for("signup.sent", public_id=signup.public_id))


def _too_late() -> BaseResponse:
    return go(
        url_for("signup.new"),
        _("The form was open too long; please fill it in again."),
        level="warning",
    )


@blueprint.get("/signup/address")
@public
def availability() -> str:
    address = request.args.get("address", "").strip().lower()
    problem = ""
    if address:
        try:
            refuse_bad_address(address)
        except Refused as refusal:
            problem = str(refusal)
    return render_template("signup/_note.html", address=address, problem=problem)


@blueprint.get("/signup/suggestion")
@public
def suggestion() -> Response:
    company = request.args.get("company", "")[:100]
    found = domains.suggest_address(company) if not request.args.get("address") else ""
    if not found:
        return make_response("", 204)
    form = SignupForm(formdata=None, data={"address": found})
    return make_response(render_template("signup/_address.html", form=form, proposed=True))


@blueprint.get("/signup/<public_id>/sent")
@public
def sent(public_id: str) -> BaseResponse:
    signup = access.signup(public_id)
    if signup.state == SignupState.VERIFIED:
        return go(_progress_url(signup))
    settings = get_settings()
    keeps_mail = settings.is_development and settings.mail_url.startswith("files:")
    return page(
        "signup/sent.html",
        signup=signup,
        mails_left=services.MAILS - signup.mails,
        next_mail_at=signup.mailed_at + services.MAIL_PAUSE,
        messages_url=domains.workspace_url("console", "/console/messages") if keeps_mail else "",
    )


@blueprint.post("/signup/<public_id>/resend")
@public
def resend(public_id: str) -> BaseResponse:
    signup = access.signup(public_id)
    target = url_for("signup.sent", public_id=public_id)
    try:
        services.mail_again(signup, by=_visitor())
    except Refused as refusal:
        return go(target, refusal, level="warning")
    return go(target, _("The mail is on its way again. Only the newest link is valid."))


@blueprint.post("/signup/<public_id>/withdraw")
@public
def withdraw(public_id: str) -> BaseResponse:
    signup = access.signup(public_id)
    services.withdraw_signup(signup, by=_visitor())
    return go(url_for("signup.new"), _("The sign-up is withdrawn; you can start again."))


@blueprint.get("/signup/verify/<token>")
@public
def link(token: str) -> BaseResponse:
    return _link(token)


@blueprint.post("/signup/verify/<token>")
@public
def verify(token: str) -> BaseResponse:
    try:
        signup = services.verify_signup(token, by=_visitor())
    except Missing:
        return _link(token)
    except Refused as refusal:
        toast(refusal, "warning")
        return _link(token)
    services.open_workspace_of(signup, plane=current_plane())
    found = queries.progress(signup)
    if found is not None and found.state == BuildState.DONE:
        return go(found.login_url)
    return go(_progress_url(signup))


def _link(token: str) -> BaseResponse:
    """Show what a mail's link is good for; looking at it changes nothing."""
    try:
        signup = access.signup_by_token(token)
    except Missing:
        return page("signup/no_link.html", http_status=404)
    if signup.state == SignupState.VERIFIED:
        return go(_progress_url(signup))
    template = "signup/verify.html" if signup.is_open else "signup/expired.html"
    url = domains.workspace_url(signup.address)
    form_may_lead_to(url)
    return page(
        template,
        signup=signup,
        token=token,
        form=PressForm(),
        url=url,
    )


@blueprint.get("/signup/again/<token>")
@public
def again(token: str) -> BaseResponse:
    signup = access.signup_by_token(token)
    if signup.state == SignupState.VERIFIED or signup.is_open:
        return go(url_for("signup.link", token=token))
    form = SignupForm()
    return page(
        "signup/new.html",
        form=SignupForm.of(services.details_of(signup), submission=form.submission.data),
    )


def _progress_url(signup: Signup) -> str:
    return url_for("signup.progress", public_id=signup.public_id)


def _progress(public_id: str) -> queries.Progress:
    found = queries.progress(access.signup(public_id))
    if found is None:
        raise Missing(public_id)
    return found


@blueprint.get("/signup/<public_id>/progress")
@public
def progress(public_id: str) -> Response:
    return page(
        "signup/progress.html",
        progress=_progress(public_id),
        public_id=public_id,
        steps=labels.STEPS,
    )


@blueprint.get("/signup/<public_id>/steps")
@public
def steps(public_id: str) -> Response:
    found = _progress(public_id)
    answer = make_response(
        render_template(
            "signup/_steps.html", progress=found, public_id=public_id, steps=labels.STEPS
        )
    )
    if found.state == BuildState.DONE:
        answer.headers["HX-Redirect"] = found.login_url
    return answer


blueprints = (blueprint,)
