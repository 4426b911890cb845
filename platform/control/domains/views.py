"""Find my workspace."""

from flask import Response

from control.domains import services
from control.domains.forms import FindForm
from control.signup.realm import SITE
from control.signup.services import Visitor
from kit.security import RealmBlueprint, client_address, public
from kit.web import page

blueprint = RealmBlueprint("domains", __name__, realm=SITE, template_folder="templates")


@blueprint.get("/find")
@public
def find() -> Response:
    return page("domains/find.html", form=FindForm())


@blueprint.post("/find")
@public
def ask() -> Response:
    form = FindForm()
    if form.validate():
        form.attempt(
            lambda: services.ask_for_addresses(
                form.contact.data, by=Visitor(address=client_address())
            )
        )
    if form.refused:
        return page("domains/find.html", form=form, http_status=form.status)
    return page("domains/asked.html")


blueprints = (blueprint,)
