"""People from a file: checked first, then all invited or none."""

from sqlalchemy import select

from kit.db import session
from tenants.accounts import queries
from tenants.accounts.models import User
from tenants.bulk import services
from tenants.bulk.registry import ErrorPolicy
from tests.factories import accounts
from tests.factories.accounts import make_unit, make_user, run_jobs
from tests.factories.bulk import again, checked, xlsx

HEADERS = ["用户名", "姓名", "邮箱", "手机号", "机构", "角色"]


def file(*rows):
    return xlsx(HEADERS, *rows)


def test_a_file_of_people_invites_them(in_acme):
    make_unit("华东")
    roles = f"{accounts.role().name}、{accounts.role('customer_service').name}"
    found = checked(
        file(
            ["zhao_yi", "赵一", "zhao.yi@example.com", "13900188001", "华东", roles],
            ["qian_er", "钱二", "qian.er@example.com", "", "", accounts.role().name],
        ),
        kind="people",
        by=accounts.owner(),
    )
    assert (found.state, found.bad_count) == ("checked", 0)
    public_id = found.public_id
    services.confirm_import(found, policy=ErrorPolicy.ALL, by=accounts.owner())
    session().commit()
    run_jobs()
    assert again(public_id).state == "applied"
    person = queries.find_by_login("zhao_yi")
    assert (person.unit.name, person.is_invited, len(person.roles)) == ("华东", True, 2)
    assert queries.open_invitation(person)


def test_what_cannot_be_is_told_by_line_before_anything_is_done(in_acme):
    taken = make_user()
    role = accounts.role().name
    found = checked(
        file(
            ["admin", "保留", "a1@example.com", "", "", role],
            [taken.username, "重名", "a2@example.com", "", "", role],
            ["sun_san", "孙三", "no mail", "", "", role],
            ["li_si_4", "李四", "a4@example.com", "", "没有的机构", role],
            ["zhou_wu", "周五", "a5@example.com", "", "", "没有的角色"],
            ["wu_liu", "", "a6@example.com", "", "", role],
            ["SUN_SAN", "又一个", "a7@example.com", "", "", role],
        ),
        kind="people",
        by=accounts.owner(),
    )
    assert found.bad_count == 6
    assert session().scalars(select(User).where(User.username == "zhou_wu")).all() == []
