"""The database of an installed site in the server's own PostgreSQL: a role with a password, and a database of its own."""

import secrets
import shlex
import subprocess
import time
from urllib.parse import unquote, urlsplit

import environment_file
from steps import WITHIN, Stop

ROLE = DATABASE = "vaka"
PORT = "5432"  # without another one in an address
TABLES = "SELECT count(*) FROM pg_tables WHERE schemaname NOT IN ('pg_catalog', 'information_schema')"


def ensure(tell):
    """Make the role and the database, and return the address of the database. The role gets a new password."""
    owner = ask(f"SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = '{DATABASE}'")
    if owner not in ("", ROLE):
        raise Stop(f"PostgreSQL has a database {DATABASE} that belongs to {owner}. Rename it, and run this again.")
    if owner and ask(TABLES, DATABASE) != "0":
        raise Stop(
            f"PostgreSQL has a database {DATABASE} with tables, and no settings of this site name it. If they are its data, "
            f"write DATABASE_URL=postgres://{ROLE}:PASSWORD@127.0.0.1/{DATABASE} into {environment_file.FILE}. "
            "Otherwise rename the database and its role. Then run this again."
        )
    password = secrets.token_urlsafe(24)
    verb = "ALTER" if ask(f"SELECT 1 FROM pg_roles WHERE rolname = '{ROLE}'") else "CREATE"
    tell.did(f"PostgreSQL: giving the role {ROLE} a password, and the database {DATABASE}")
    # A password, because without one PostgreSQL admits the account of this name alone, and the workers are vaka-engine
    ask(f"{verb} ROLE {ROLE} LOGIN PASSWORD '{password}'")
    if not owner:
        ask(f"CREATE DATABASE {DATABASE} OWNER {ROLE} ENCODING 'UTF8' TEMPLATE template0")
    # A second PostgreSQL on this server, such as a newer version, has another port
    port = ask("SHOW port")
    return f"postgres://{ROLE}:{password}@127.0.0.1{'' if port == PORT else f':{port}'}/{DATABASE}"


def drop(tell):
    """Delete the database and the role."""
    tell.did(f"PostgreSQL: deleting the database {DATABASE} and the role {ROLE}")
    ask(f"DROP DATABASE IF EXISTS {DATABASE}")
    ask(f"DROP ROLE IF EXISTS {ROLE}")


def commands_for_an_empty_one(address):
    """Return what root types to have an empty database in the place of this one, which stays under another name."""
    url = urlsplit(address)
    name, owner, server = unquote(url.path[1:]), unquote(url.username or ROLE), url.hostname or ""
    is_here = server in ("", "localhost", "127.0.0.1", "::1")
    start = ["runuser", "-u", "postgres", "--"] if is_here else []
    at = ([] if is_here else ["-h", server, "-U", "ADMINISTRATOR"]) + (["-p", str(url.port)] if url.port else [])
    other = f"{name}_before_{time.strftime('%Y%m%d_%H%M%S')}"
    rename = [*start, "psql", *at, "-d", "postgres", "-c", f'ALTER DATABASE "{name}" RENAME TO "{other}"']
    create = [*start, "createdb", *at, "-O", owner, "-E", "UTF8", "-T", "template0", name]
    return [" ".join(map(shlex.quote, command)) for command in (rename, create)]


def ask(statement, database="postgres"):
    """Have the administrator of PostgreSQL run a statement in a database, and return what it answers.

    The statement goes through standard input: other users could read a password in the list of processes.
    """
    command = ["runuser", "-u", "postgres", "--", "psql", "-qtA", "--set=ON_ERROR_STOP=1", "--file=-", database]
    try:
        done = subprocess.run(command, input=statement, capture_output=True, text=True, timeout=WITHIN, cwd="/")
    except FileNotFoundError as error:
        raise Stop(f"{error.filename} is missing. Type: apt-get install postgresql") from None
    except subprocess.TimeoutExpired:
        raise Stop(
            f"PostgreSQL did not answer within {WITHIN // 60} minutes. Read `journalctl -u postgresql`."
        ) from None
    if done.returncode:
        raise Stop(f"PostgreSQL refused a statement: {done.stderr.strip()}. Read `journalctl -u postgresql`.")
    return done.stdout.strip()
