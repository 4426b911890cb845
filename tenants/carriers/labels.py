"""The words people read for what a carrier reports, and for the fields of its files."""

from kit.i18n import lazy_gettext as _l
from tenants.accounts.wording import Detail, describe
from tenants.carriers.result_file import CarrierEventKind, Field

EVENTS = {
    CarrierEventKind.SUBMITTED: _l("Submitted"),
    CarrierEventKind.OPENING: _l("Being opened"),
    CarrierEventKind.OPENED: _l("Opened"),
    CarrierEventKind.FAILED: _l("Opening failed"),
    CarrierEventKind.INFO_WANTED: _l("Information wanted"),
    CarrierEventKind.REAL_NAME_CHECK: _l("Real-name check"),
    CarrierEventKind.ACTIVATED: _l("Activated"),
    CarrierEventKind.ACTIVATION_FAILED: _l("Activation failed"),
    CarrierEventKind.FIRST_TOPUP: _l("First top-up"),
    CarrierEventKind.ON_NETWORK: _l("On network"),
    CarrierEventKind.CLOSED: _l("Closed"),
}

FIELDS = {
    Field.MSISDN: _l("Column of the number"),
    Field.ORDER_NUMBER: _l("Column of the carrier's order number"),
    Field.ICCID: _l("Column of the ICCID"),
    Field.EVENT: _l("Column of the status"),
    Field.OCCURRED_ON: _l("Column of the date"),
    Field.MONTH: _l("Column of the month on network"),
    Field.CODE: _l("Column of the code"),
    Field.TEXT: _l("Column of the explanation"),
}

ACCOUNT_FIELDS = {
    "name": _l("Name"),
    "carrier": _l("Carrier"),
    "channel_code": _l("Channel code at the carrier"),
    "columns": _l("Columns of the result file"),
    "is_active": _l("In use"),
    "remark": _l("Remark"),
}

describe(
    {
        "carrier_account:added": _l("Carrier account added"),
        "carrier_account:edited": _l("Carrier account changed"),
        "carrier_account:deleted": _l("Carrier account deleted"),
    },
    details={"fields": Detail(_l("Changed"), ACCOUNT_FIELDS)},
    subjects={"CarrierAccount": _l("Carrier account")},
)
