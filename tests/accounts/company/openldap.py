"""A real OpenLDAP server of a test's own, with people, groups and certificates."""

import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from ldap3 import ALL_ATTRIBUTES, Connection, Server

from embedded.waiting import free_port, wait_until

BASE = "dc=factory,dc=test"
SERVICE, SERVICE_PASSWORD = f"cn=search,{BASE}", "search only"
ROOT, ROOT_PASSWORD = f"cn=root,{BASE}", "root of the tree"
PASSWORD = "three words here"
PEOPLE, GROUPS = f"ou=people,{BASE}", f"ou=groups,{BASE}"
_SLAPD = """
include /etc/ldap/schema/core.schema
include /etc/ldap/schema/cosine.schema
include /etc/ldap/schema/inetorgperson.schema
modulepath /usr/lib/ldap
moduleload back_mdb
moduleload memberof
pidfile {folder}/pid
TLSCACertificateFile {folder}/ca.pem
TLSCertificateFile {folder}/server.pem
TLSCertificateKeyFile {folder}/server.key
database mdb
suffix "{base}"
rootdn "{root}"
rootpw "{root_password}"
directory {folder}/db
maxsize 10485760
overlay memberof
access to attrs=userPassword by anonymous auth by * none
access to * by users read by * none
"""
_TREE = f"""
dn: {BASE}
objectClass: dcObject
objectClass: organization
o: Factory

dn: {PEOPLE}
objectClass: organizationalUnit

dn: {GROUPS}
objectClass: organizationalUnit

dn: {SERVICE}
objectClass: applicationProcess
objectClass: simpleSecurityObject
userPassword: {SERVICE_PASSWORD}
"""


def dn_of(name: str) -> str:
    return f"uid={name},{PEOPLE}"


@dataclass(frozen=True)
class OpenLdap:
    """Where it answers, and its certificates."""

    port: int
    tls_port: int
    ca_file: Path

    @property
    def settings(self) -> dict[str, object]:
        return {
            "ldap_url": f"ldap://localhost:{self.port}",
            "ldap_ca_file": self.ca_file,
            "ldap_base": PEOPLE,
            "ldap_bind_dn": SERVICE,
            "ldap_bind_password": SERVICE_PASSWORD,
            "ldap_roles": f"annotator=cn=inspectors,{GROUPS}; administrator=CN=Chiefs, {GROUPS}",
        }

    def change(self, dn: str, changes: dict[str, object]) -> None:
        with self._root() as connection:
            assert connection.modify(dn, changes), connection.result

    def add(self, dn: str, kinds: list[str], attributes: dict[str, object]) -> None:
        with self._root() as connection:
            assert connection.add(dn, kinds, attributes), connection.result

    def put_into(self, group: str, *names: str) -> None:
        """The group has these people and no others."""
        with self._root() as connection:
            connection.delete(f"cn={group},{GROUPS}")
            if names:
                members = {"member": [dn_of(name) for name in names]}
                assert connection.add(f"cn={group},{GROUPS}", ["groupOfNames"], members), connection.result

    def add_person(self, name: str, mail: str, shown: str = "") -> None:
        attributes = {"sn": name, "cn": shown or name, "mail": mail, "userPassword": PASSWORD}
        self.add(dn_of(name), ["inetOrgPerson"], attributes)

    def remove_person(self, name: str) -> None:
        with self._root() as connection:
            assert connection.delete(dn_of(name)), connection.result

    def _root(self) -> Connection:
        return Connection(Server("localhost", self.port), ROOT, ROOT_PASSWORD, auto_bind=True)


@contextmanager
def openldap(folder: Path) -> Iterator[OpenLdap]:
    """The server, with nobody but the account that searches."""
    certificates(folder)
    (folder / "db").mkdir()
    config = folder / "slapd.conf"
    config.write_text(_SLAPD.format(folder=folder, base=BASE, root=ROOT, root_password=ROOT_PASSWORD))
    (folder / "tree.ldif").write_text(_TREE)
    _run("/usr/sbin/slapadd", "-f", config, "-l", folder / "tree.ldif")
    server = OpenLdap(free_port(), free_port(), folder / "ca.pem")
    addresses = f"ldap://localhost:{server.port}/ ldaps://localhost:{server.tls_port}/"
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            ["/usr/sbin/slapd", "-d", "0", "-f", str(config), "-h", addresses], stdout=log, stderr=log
        )
        try:
            wait_until(lambda: _answers(server), "OpenLDAP answers")
            yield server
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(30)


def _answers(server: OpenLdap) -> bool:
    try:
        with server._root() as connection:
            return bool(connection.search(BASE, "(objectClass=*)", "BASE", attributes=ALL_ATTRIBUTES))
    except Exception:  # not yet
        return False


def certificates(folder: Path) -> None:
    """An authority of the factory's own, and a certificate of ``localhost`` by it."""
    names = folder / "names"
    names.write_text("subjectAltName=DNS:localhost,IP:127.0.0.1\n")
    new = ("openssl", "req", "-newkey", "rsa:2048", "-nodes")
    for name in ("ca", "other"):
        _run(
            *new,
            "-x509",
            "-days",
            "30",
            "-subj",
            f"/CN={name}",
            "-keyout",
            folder / f"{name}.key",
            "-out",
            folder / f"{name}.pem",
        )
    _run(*new, "-subj", "/CN=localhost", "-keyout", folder / "server.key", "-out", folder / "server.csr")
    _run(
        "openssl",
        "x509",
        "-req",
        "-days",
        "30",
        "-in",
        folder / "server.csr",
        "-CA",
        folder / "ca.pem",
        "-CAkey",
        folder / "ca.key",
        "-CAcreateserial",
        "-extfile",
        names,
        "-out",
        folder / "server.pem",
    )


def _run(*command: object) -> None:
    subprocess.run(list(map(str, command)), check=True, capture_output=True)
