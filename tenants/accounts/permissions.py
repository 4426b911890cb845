"""Every permission of the back office, one sentence each; roles map to them in `seed`.

Two kinds (A033): a menu permission `VIEW` opens a module's pages, an operation permission allows
one thing to be done there. Values are `module:action` and never change their meaning.
"""

from enum import StrEnum

from kit.i18n import lazy_gettext as _l


class Permission:
    """The permissions, grouped by the module whose pages ask for them."""

    class User(StrEnum):
        """People of the workspace."""

        VIEW = "user:view"
        EDIT = "user:edit"

    class Role(StrEnum):
        """Roles and what they may do."""

        VIEW = "role:view"
        EDIT = "role:edit"

    class Unit(StrEnum):
        """Organisation units."""

        VIEW = "unit:view"
        EDIT = "unit:edit"

    class Workspace(StrEnum):
        """The company's profile and brand, and the workspace as a whole."""

        EDIT = "workspace:edit"
        SECURE = "workspace:secure"
        EXPORT = "workspace:export"
        CLOSE = "workspace:close"
        SUPPORT = "workspace:support"
        VERIFY = "workspace:verify"

    class Billing(StrEnum):
        """What the workspace itself pays for."""

        VIEW = "billing:view"
        MANAGE = "billing:manage"

    class Channel(StrEnum):
        """Channels and their people."""

        VIEW = "channel:view"
        EDIT = "channel:edit"
        INVITE = "channel:invite"
        FREEZE = "channel:freeze"
        REVEAL = "channel:reveal"

    class Product(StrEnum):
        """Products, submit rules and commission rates."""

        VIEW = "product:view"
        EDIT = "product:edit"
        PRICE = "product:price"

    class Number(StrEnum):
        """Numbers and SIM cards."""

        VIEW = "number:view"
        EDIT = "number:edit"
        IMPORT = "number:import"
        ALLOT = "number:allot"

    class Customer(StrEnum):
        """Customers."""

        VIEW = "customer:view"
        EDIT = "customer:edit"
        DELETE = "customer:delete"
        REVEAL = "customer:reveal"
        SHARE = "customer:share"
        DISCLOSE = "customer:disclose"
        ERASE = "customer:erase"

    class Order(StrEnum):
        """Orders."""

        VIEW = "order:view"
        CREATE = "order:create"
        EDIT = "order:edit"
        AUDIT = "order:audit"
        ASSIGN = "order:assign"
        SUBMIT = "order:submit"
        SHIP = "order:ship"
        ACTIVATE = "order:activate"
        CANCEL = "order:cancel"
        IMPORT = "order:import"
        REVEAL = "order:reveal"
        SHARE = "order:share"

    class Settlement(StrEnum):
        """Commission, the ledger and payouts."""

        VIEW = "settlement:view"
        SETTLE = "settlement:settle"
        PAY = "settlement:pay"

    class Approval(StrEnum):
        """Approvals, and the flows that ask for them."""

        VIEW = "approval:view"
        ALL = "approval:all"
        EDIT = "approval:edit"

    class Notice(StrEnum):
        """What people are told of, and what is announced to them."""

        EDIT = "notice:edit"
        ANNOUNCE = "notice:announce"

    class Export(StrEnum):
        """Lists that left as files."""

        ALL = "export:all"

    class Task(StrEnum):
        """What works in the background."""

        VIEW = "task:view"
        EDIT = "task:edit"

    class Desk(StrEnum):
        """Views of lists that people save for themselves."""

        SHARE = "desk:share"

    class Document(StrEnum):
        """The document library."""

        VIEW = "document:view"
        EDIT = "document:edit"

    class Tag(StrEnum):
        """The tags that records can have."""

        EDIT = "tag:edit"

    class Bin(StrEnum):
        """The recycle bin of all kinds of records."""

        VIEW = "bin:view"
        PURGE = "bin:purge"

    class Audit(StrEnum):
        """The log of what people did."""

        VIEW = "audit:view"
        VERIFY = "audit:verify"

    class Setup(StrEnum):
        """Dictionary, numbering and parameters."""

        VIEW = "setup:view"
        EDIT = "setup:edit"

    class Help(StrEnum):
        """The workspace's own help, and what people tell its administrators."""

        EDIT = "help:edit"
        ANSWER = "help:answer"


# One sentence for each, shown where roles are edited.
SENTENCES = {
    Permission.User.VIEW: _l("See the people of the workspace."),
    Permission.User.EDIT: _l("Add, change and disable people and give them roles."),
    Permission.Role.VIEW: _l("See roles and their permissions."),
    Permission.Role.EDIT: _l("Add, change and delete roles."),
    Permission.Unit.VIEW: _l("See the organisation units."),
    Permission.Unit.EDIT: _l("Add, change, move and delete organisation units."),
    Permission.Workspace.EDIT: _l("Change the company's profile and brand."),
    Permission.Workspace.SECURE: _l("Set the rules for passwords and log-ins."),
    Permission.Workspace.EXPORT: _l("Export everything in the workspace, personal data included."),
    Permission.Workspace.CLOSE: _l("Have the whole workspace deleted, and take that back."),
    Permission.Billing.VIEW: _l("See the plan, what it costs and its invoices."),
    Permission.Billing.MANAGE: _l("Buy, change and give up the plan, and pay for it."),
    Permission.Workspace.SUPPORT: _l("Let the platform operator look in for some hours."),
    Permission.Workspace.VERIFY: _l("Hand in the company's licence and its carriers' letters."),
    Permission.Channel.VIEW: _l("See channels and their orders."),
    Permission.Channel.EDIT: _l("Add, change and delete channels."),
    Permission.Channel.INVITE: _l("Invite people of channels to the portal."),
    Permission.Channel.FREEZE: _l("Freeze and unfreeze channels."),
    Permission.Channel.REVEAL: _l("Reveal the contact phone of channels; each time is logged."),
    Permission.Product.VIEW: _l("See products."),
    Permission.Product.EDIT: _l("Add and change products and their submit rules."),
    Permission.Product.PRICE: _l("Set commission and shares."),
    Permission.Number.VIEW: _l("See numbers and SIM cards."),
    Permission.Number.EDIT: _l("Change pools, block and release numbers."),
    Permission.Number.IMPORT: _l("Import numbers and SIM cards from files."),
    Permission.Number.ALLOT: _l("Allot numbers and SIM cards to channels."),
    Permission.Customer.VIEW: _l("See customers, personal data masked."),
    Permission.Customer.EDIT: _l("Add and change customers."),
    Permission.Customer.DELETE: _l("Delete customers."),
    Permission.Customer.REVEAL: _l("Reveal personal data of customers; each time is logged."),
    Permission.Customer.SHARE: _l("Share single customers with people and units."),
    Permission.Customer.DISCLOSE: _l("Give a customer a file of all that is stored about them."),
    Permission.Customer.ERASE: _l("Erase a customer's personal data for good."),
    Permission.Order.VIEW: _l("See orders."),
    Permission.Order.CREATE: _l("Enter orders."),
    Permission.Order.EDIT: _l("Change orders where their state allows it."),
    Permission.Order.AUDIT: _l("Audit orders: pass or reject."),
    Permission.Order.ASSIGN: _l("Assign orders to a handler."),
    Permission.Order.SUBMIT: _l("Submit to the carrier and enter its answer."),
    Permission.Order.SHIP: _l("Bind cards, hand over and ship."),
    Permission.Order.ACTIVATE: _l("Enter activation and milestones."),
    Permission.Order.CANCEL: _l("Cancel orders."),
    Permission.Order.IMPORT: _l("Load the carrier's files."),
    Permission.Order.REVEAL: _l("Reveal the recipient's personal data; each time is logged."),
    Permission.Order.SHARE: _l("Share single orders with people and units."),
    Permission.Settlement.VIEW: _l("See commission, the ledger and statements."),
    Permission.Settlement.SETTLE: _l("Settle commission up to a date."),
    Permission.Settlement.PAY: _l("Record payouts."),
    Permission.Approval.VIEW: _l("Submit for approval, and decide what waits for oneself."),
    Permission.Approval.ALL: _l("See the approvals of other people."),
    Permission.Approval.EDIT: _l("Set up who approves what, and hand over decisions of others."),
    Permission.Notice.EDIT: _l("Set what people are told of, by which way and in which words."),
    Permission.Notice.ANNOUNCE: _l("Announce to people, and see who has read it."),
    Permission.Export.ALL: _l("See who exported which list, not only the own exports."),
    Permission.Task.VIEW: _l("See the background tasks of everybody, not only the own ones."),
    Permission.Task.EDIT: _l("Stop the background tasks of others, and have them tried again."),
    Permission.Desk.SHARE: _l("Share saved views of lists with colleagues."),
    Permission.Document.VIEW: _l("Read the document library, where its folders allow it."),
    Permission.Document.EDIT: _l("Manage the document library: its folders and who reads them."),
    Permission.Tag.EDIT: _l("Add, change and remove the tags that records can have."),
    Permission.Bin.VIEW: _l("Restore attachments and documents from the recycle bin."),
    Permission.Bin.PURGE: _l("Destroy what is in the recycle bin, and say how long it keeps it."),
    Permission.Audit.VIEW: _l("See the log of what people did."),
    Permission.Audit.VERIFY: _l("Have the log compared with its seals."),
    Permission.Setup.VIEW: _l("See the dictionary, the numbering and the parameters."),
    Permission.Setup.EDIT: _l("Change the dictionary, the numbering and the parameters."),
    Permission.Help.EDIT: _l("Write articles of the help, and the contact card."),
    Permission.Help.ANSWER: _l("See and answer what people report."),
}


def groups() -> dict[str, list[StrEnum]]:
    """Return the permissions by group, for the role page."""
    return {
        name: list(group)
        for name, group in vars(Permission).items()
        if isinstance(group, type) and issubclass(group, StrEnum)
    }


def every_permission() -> list[StrEnum]:
    """Return all permissions in the order of their groups."""
    return [permission for group in groups().values() for permission in group]
