"""The role and the database in the server's PostgreSQL, asked for in the order in which it can make them."""

import pytest


@pytest.fixture
def postgresql(beside_setup, program, tmp_path, monkeypatch):
    """A PostgreSQL without our role and database, until ``answers`` says otherwise."""
    import postgresql

    def answers(role="", owner="", tables=0, port=5432, status=0):
        program(
            "runuser",
            f'read -r asked; echo "$*" >> {tmp_path}/commands; echo "$asked" >> {tmp_path}/asked\n'
            f'case "$asked" in *pg_roles*) echo "{role}";; *pg_database*) echo "{owner}";; '
            f'*pg_tables*) echo {tables};; "SHOW port") echo {port};; *) exit {status};; esac',
        )

    answers()
    for name, value in {
        "answers": answers,
        "asked": lambda: (tmp_path / "asked").read_text().splitlines(),
        "commands": lambda: (tmp_path / "commands").read_text(),
    }.items():
        monkeypatch.setattr(postgresql, name, value, raising=False)
    return postgresql


def test_role_and_database_are_made_and_the_address_names_both(postgresql, tell):
    address = postgresql.ensure(tell)
    password = address[len("postgres://vaka:") : -len("@127.0.0.1/vaka")]
    assert (len(password), address) == (32, f"postgres://vaka:{password}@127.0.0.1/vaka")
    assert [line for line in postgresql.asked() if line.startswith("CREATE")] == [
        f"CREATE ROLE vaka LOGIN PASSWORD '{password}'",
        "CREATE DATABASE vaka OWNER vaka ENCODING 'UTF8' TEMPLATE template0",
    ]
    assert password not in postgresql.commands(), "every user can read the list of processes"


def test_a_role_that_is_there_gets_a_new_password_and_an_empty_database_stays(postgresql, tell):
    postgresql.answers(role="1", owner="vaka")
    postgresql.ensure(tell)
    changes = [line for line in postgresql.asked() if not line.startswith(("SELECT", "SHOW"))]
    assert [line.split(" PASSWORD")[0] for line in changes] == ["ALTER ROLE vaka LOGIN"]


def test_a_database_with_tables_is_not_taken_and_its_role_keeps_its_password(postgresql, steps, tell):
    postgresql.answers(role="1", owner="vaka", tables=80)
    with pytest.raises(
        steps.Stop, match=r"with tables, .*DATABASE_URL=postgres://vaka:PASSWORD@127\.0\.0\.1/vaka into"
    ):
        postgresql.ensure(tell)
    assert not any("PASSWORD" in line for line in postgresql.asked())


def test_a_server_at_another_port_is_named_with_it(postgresql, tell):
    postgresql.answers(port=5433)
    assert postgresql.ensure(tell).endswith("@127.0.0.1:5433/vaka")


def test_a_database_of_somebody_else_is_not_taken(postgresql, steps, tell):
    postgresql.answers(owner="moodle")
    with pytest.raises(steps.Stop, match=r"belongs to moodle"):
        postgresql.ensure(tell)


def test_a_refusal_is_told(postgresql, steps, tell):
    postgresql.answers(status=3)
    with pytest.raises(steps.Stop, match=r"PostgreSQL refused"):
        postgresql.drop(tell)


def test_a_server_that_does_not_answer_is_told(postgresql, steps, tell, program, monkeypatch):
    program("runuser", "exec sleep 60")
    monkeypatch.setattr(postgresql, "WITHIN", 0.2)
    with pytest.raises(steps.Stop, match="PostgreSQL did not answer"):
        postgresql.drop(tell)


@pytest.mark.parametrize(
    ("address", "commands"),
    [
        (
            "postgres://vaka:pw@127.0.0.1/vaka",
            [
                'runuser -u postgres -- psql -d postgres -c \'ALTER DATABASE "vaka" RENAME TO "vaka_before_20261202_160000"\'',
                "runuser -u postgres -- createdb -O vaka -E UTF8 -T template0 vaka",
            ],
        ),
        (
            "postgres://ada:pw@db.example.org:5433/labs",
            [
                "psql -h db.example.org -U ADMINISTRATOR -p 5433 -d postgres -c "
                '\'ALTER DATABASE "labs" RENAME TO "labs_before_20261202_160000"\'',
                "createdb -h db.example.org -U ADMINISTRATOR -p 5433 -O ada -E UTF8 -T template0 labs",
            ],
        ),
    ],
    ids=["on this server", "elsewhere"],
)
def test_an_empty_database_takes_the_place_of_one_that_is_kept(postgresql, monkeypatch, address, commands):
    monkeypatch.setattr(postgresql.time, "strftime", lambda form: "20261202_160000")
    assert postgresql.commands_for_an_empty_one(address) == commands
