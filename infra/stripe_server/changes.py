"""How an update changes an object: as Stripe does, an empty text unsets, metadata is merged."""

from infra.stripe_server.faults import Body

_WHOLE = frozenset({"address", "shipping", "period"})


def merged(known: Body | None, given: Body | str | None) -> dict[str, str]:
    """Return metadata with the given keys set; an empty value takes a key away, "" all of them."""
    if given is None:
        return dict(known or {})
    if not isinstance(given, dict):
        return {}
    whole = {**(known or {}), **given}
    return {key: value for key, value in whole.items() if value != ""}


def assign(body: Body, params: Body) -> Body:
    """Set an object's fields to what a request says."""
    for name, value in params.items():
        if name == "metadata":
            body[name] = merged(body.get(name), value)
        elif isinstance(value, dict) and isinstance(body.get(name), dict) and name not in _WHOLE:
            assign(body[name], value)
        else:
            body[name] = None if value == "" else value
    return body
