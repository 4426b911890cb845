"""Which carrier a prefix was given to: a guess, since numbers can be ported.

Sources: the public number plan of China (MIIT) as of 2026; a test compares it with the carrier data
of libphonenumber. For virtual operators the host network is kept beside them; 162, 165, 167, 170
and 171 say only that, never the operator itself. IoT numbers have 13 digits: 1064x and 14xx.
"""

from dataclasses import dataclass

from tenants.accounts.dictionary import Carrier
from tenants.numbers.msisdn import IOT_LENGTH


@dataclass(frozen=True, slots=True)
class Guess:
    """Who a prefix belongs to; `host` is the network behind a virtual operator."""

    carrier: Carrier
    host: Carrier


def _own(carrier: Carrier, prefixes: str) -> dict[str, Guess]:
    return {prefix: Guess(carrier, carrier) for prefix in prefixes.split()}


def _hosted(host: Carrier, prefixes: str) -> dict[str, Guess]:
    return {prefix: Guess(Carrier.MVNO, host) for prefix in prefixes.split()}


PREFIXES: dict[str, Guess] = {
    **_own(
        Carrier.MOBILE,
        "134 135 136 137 138 139 147 150 151 152 157 158 159 172 178 182 183 184 187 188"
        " 195 197 198",
    ),
    **_own(Carrier.UNICOM, "130 131 132 145 155 156 166 175 176 185 186 196"),
    # 1349 and 1740 are satellite numbers, run by China Telecom.
    **_own(Carrier.TELECOM, "133 1349 149 153 173 1740 177 180 181 189 190 191 193 199"),
    **_own(Carrier.BROADNET, "192"),
    **_hosted(Carrier.MOBILE, "165 1703 1705 1706"),
    **_hosted(Carrier.UNICOM, "167 1704 1707 1708 1709 171"),
    **_hosted(Carrier.TELECOM, "162 1700 1701 1702"),
}

IOT_PREFIXES: dict[str, Guess] = {
    **_own(Carrier.MOBILE, "10647 10648 1440 148"),
    **_own(Carrier.UNICOM, "10646 146"),
    **_own(Carrier.TELECOM, "10649 1410"),
}

# The issuer part of an ICCID (89 telecom, 86 China, then two digits of the carrier).
ICCID_ISSUERS: dict[str, Carrier] = {
    **dict.fromkeys(("00", "02", "04", "07", "08", "13"), Carrier.MOBILE),
    **dict.fromkeys(("01", "06", "09"), Carrier.UNICOM),
    **dict.fromkeys(("03", "05", "11"), Carrier.TELECOM),
    "15": Carrier.BROADNET,
}


def guess(msisdn: str) -> Guess | None:
    """Return who a number's prefix was given to, None when the plan does not say."""
    table = IOT_PREFIXES if len(msisdn) == IOT_LENGTH else PREFIXES
    for length in (5, 4, 3):
        if found := table.get(msisdn[:length]):
            return found
    return None


def iccid_carrier(iccid: str) -> Carrier | None:
    """Return the carrier that an ICCID names as its issuer, None when we do not know it."""
    return ICCID_ISSUERS.get(iccid[4:6]) if iccid.startswith("8986") else None
