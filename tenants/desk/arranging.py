"""The back office's desk: what kit's lists ask about the person who looks at them."""

from dataclasses import dataclass

from flask import url_for

from kit.web.desk import Arrangement, SavedList
from tenants.accounts.models import User
from tenants.desk import queries
from tenants.desk.models import Audience


@dataclass(frozen=True, slots=True)
class OfficeDesk:
    """The desk of one person of the workspace."""

    user: User

    def arrangement(self, listing: str) -> Arrangement:
        """Return the views, columns and density of a list; one statement."""
        views, setting = queries.desk_of(self.user, listing)
        offered = [
            SavedList(
                key=one.public_id,
                name=one.name,
                query=one.query,
                is_own=one.user_id == self.user.id,
                is_shared=one.audience != Audience.OWN,
                edit_url=url_for("desk.edit", public_id=one.public_id),
            )
            for one in views
        ]
        default = next((one for one in views if setting and one.id == setting.view_id), None)
        return Arrangement(
            views=offered,
            default=default.public_id if default else None,
            columns=setting.columns if setting else (),
            density=setting.density if setting else self.user.density,
            urls={
                "save": url_for("desk.new"),
                "arrange": url_for("desk.arrange"),
                "history": url_for("desk.history"),
                "remember": url_for("desk.remember"),
            },
        )
