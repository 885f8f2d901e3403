"""Accounts from a CSV: all of them, or none with a sentence for each line."""

import pytest
from flask_openapi3 import OpenAPI

from webapp.accounts import bulk, directory, one_time
from webapp.accounts.directory import UserQuery
from webapp.core.errors import UserError
from webapp.models import Role, User

TABLE = "name,email,role\n陳小明,chen@factory.test,annotator\n林美華,LIN@factory.test,工程師\n"
FOUND = [("陳小明", "chen@factory.test", Role.ANNOTATOR), ("林美華", "lin@factory.test", Role.ENGINEER)]


@pytest.mark.parametrize(
    "data",
    [
        TABLE.encode(),
        TABLE.encode("utf-8-sig"),
        TABLE.encode("utf-16"),
        TABLE.encode("big5"),
        TABLE.replace(",", ";").encode(),
        TABLE.replace(",", "\t").replace("\n", "\r\n").encode(),
        TABLE.partition("\n")[2].encode(),
        TABLE.replace("name,email,role", "姓名,電子郵件,角色").encode(),
        TABLE.replace("\n", "\n,,\n\n").encode(),
        b"email,role,name\nchen@factory.test,Annotator,\xe9\x99\xb3\xe5\xb0\x8f\xe6\x98\x8e\n"
        b"lin@factory.test,engineer,\xe6\x9e\x97\xe7\xbe\x8e\xe8\x8f\xaf",
    ],
)
def test_tables_of_all_kinds_are_read(clean_app: OpenAPI, data: bytes) -> None:
    assert [(one.name, one.email, one.role) for one in bulk.read(data)] == FOUND


def test_each_person_gets_a_link(administrator: User) -> None:
    created = bulk.create(TABLE.encode())
    assert [one_time.open_link(token).email for _user, token in created] == [
        "chen@factory.test",
        "lin@factory.test",
    ]


@pytest.mark.parametrize(
    ("lines", "sentence"),
    [
        ("Chen,chen,viewer", "Line 2: "),
        ("Chen,chen@factory.test,boss", "Line 2: "),
        ("Chen,chen@factory.test", "Line 2: "),
        ("Chen,a@factory.test,viewer\nLin,A@factory.test,viewer", "Line 3: "),
        ("Admin,admin@factory.test,viewer", "Line 2: "),
        ("x" * 101 + ",chen@factory.test,viewer", "Line 2: "),
    ],
)
def test_a_fault_in_one_line_adds_nobody(administrator: User, lines: str, sentence: str) -> None:
    good = "\nGood,good@factory.test,viewer"
    with pytest.raises(UserError) as refused:
        bulk.create(f"name,email,role\n{lines}{good}".encode())
    (fault,) = refused.value.details["faults"]
    assert fault.startswith((sentence, "第"))
    assert directory.count(UserQuery()) == 1


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\n\n",
        b"name,email,role\n",
        b"name,phone\nChen,1",
        b"x" * (bulk.MAX_BYTES + 1),
        b"\x00\xff\x89PNG",
        b'"' * 200_000,
    ],
)
def test_what_is_no_such_table_is_refused(administrator: User, data: bytes) -> None:
    with pytest.raises(UserError):
        bulk.create(data)
    assert directory.count(UserQuery()) == 1


def test_more_people_than_allowed_are_refused(administrator: User) -> None:
    lines = "".join(f"P,p{n}@factory.test,viewer\n" for n in range(bulk.MAX_ROWS + 1))
    with pytest.raises(UserError):
        bulk.create(lines.encode())
