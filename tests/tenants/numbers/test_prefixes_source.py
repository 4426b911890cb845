"""The prefix table against another source: the carrier data of libphonenumber."""

import phonenumbers
from phonenumbers import carrier

from tenants.accounts.dictionary import Carrier
from tenants.numbers.prefixes import guess

NAMES = {
    "China Mobile": Carrier.MOBILE,
    "China Unicom": Carrier.UNICOM,
    "China Telecom": Carrier.TELECOM,
    "China Broadnet": Carrier.BROADNET,
}
# 161 was given out, not opened; nobody has such a number yet.
NOT_OPENED = {"1610"}


def test_the_host_network_is_what_libphonenumber_says():
    compared = 0
    for prefix in (str(each) for each in range(1_300, 2_000)):
        msisdn = f"{prefix}1234567"
        said = carrier.name_for_number(phonenumbers.parse(f"+86{msisdn}"), "en")
        if not said or prefix in NOT_OPENED:
            continue
        found = guess(msisdn)
        assert found is not None, prefix
        assert found.host == NAMES[said], prefix
        compared += 1
    assert compared > 450
