"""Why somebody may see and do what he may: each permission, the roles that give it, how far."""

from flask import Response

from kit.security import requires
from kit.web import page
from tenants.accounts import access, queries
from tenants.accounts.labels import ACCESSES, GROUPS, SCOPES
from tenants.accounts.models import DataScope
from tenants.accounts.permissions import SENTENCES, Permission, groups
from tenants.accounts.scopes import roles_giving
from tenants.accounts.views.blueprint import blueprint


@blueprint.get("/users/<public_id>/rights")
@requires(Permission.User.VIEW)
def rights(public_id: str) -> Response:
    person = access.user(public_id)
    return page(
        "accounts/rights.html",
        holder=person,
        shared=[
            (one, one.kind.called(one.row), one.kind.url(one.row.public_id))
            for one in queries.shared_with(person)
        ],
        accesses=ACCESSES,
        groups={
            GROUPS[name]: [
                (SENTENCES[one], [(role, SCOPES[DataScope(role.scope)]) for role in given])
                for one in members
                if (given := roles_giving(person, one))
            ]
            for name, members in groups().items()
        },
    )
