"""Every route asks for a right or says that it is public; none that reads can write."""

from kit.security.realms import realm_of
from kit.security.routes import access_of


def test_every_route_is_marked(app):
    unmarked = [
        rule.endpoint
        for rule in app.url_map.iter_rules()
        if access_of(app.view_functions[rule.endpoint]) is None
    ]
    assert not unmarked


def test_every_blueprint_with_pages_has_a_realm(app):
    homeless = {
        rule.endpoint
        for rule in app.url_map.iter_rules()
        if "." in rule.endpoint and realm_of(app, rule.endpoint.rpartition(".")[0]) is None
    }
    assert not homeless


def test_every_realm_has_its_own_cookie(app):
    realms = {realm.name: realm.cookie for name in app.blueprints if (realm := realm_of(app, name))}
    cookies = [cookie for cookie in realms.values() if cookie]
    assert len(cookies) == len(set(cookies))
