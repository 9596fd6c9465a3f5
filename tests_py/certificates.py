"""Certificates for a test: an authority of its own, a server and a client that it has signed. Made by openssl."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
from pathlib import Path

from conftest import absent

#: The one name in the server's certificate; its address is not in it.
SERVER_NAME = "localhost"


def make(folder: Path, client: str, owner: str | None = None) -> None:
    """Makes `root.pem`, `server.pem`, `client.pem`, `stranger.pem` (signed by nobody known) and their keys.

    Args:
        folder: Where they are put.
        client: The common name of the client.
        owner: The account that must be able to read them, if it is another one.
    """
    if shutil.which("openssl") is None:
        absent("openssl is not installed")
    authority(folder, "root")
    authority(folder, "stranger")
    signed(folder, "server", SERVER_NAME, f"subjectAltName=DNS:{SERVER_NAME}")
    signed(folder, "client", client, "extendedKeyUsage=clientAuth")
    for file in folder.glob("*.key"):
        file.chmod(0o600)
    if owner is not None and os.geteuid() == 0:
        account = pwd.getpwnam(owner)
        for file in folder.glob("server.*"):
            os.chown(file, account.pw_uid, account.pw_gid)


def authority(folder: Path, name: str) -> None:
    subject = ["-subj", f"/CN=Authority of the tests {name}", "-days", "2"]
    openssl(folder, "req", "-x509", *new_key(name), "-out", f"{name}.pem", *subject)


def signed(folder: Path, name: str, common_name: str, extension: str) -> None:
    (folder / f"{name}.ext").write_text(f"basicConstraints=CA:FALSE\n{extension}\n")
    openssl(folder, "req", *new_key(name), "-out", f"{name}.csr", "-subj", f"/CN={common_name}")
    by_root = ["-CA", "root.pem", "-CAkey", "root.key", "-CAcreateserial", "-extfile", f"{name}.ext", "-days", "2"]
    openssl(folder, "x509", "-req", "-in", f"{name}.csr", "-out", f"{name}.pem", *by_root)


def new_key(name: str) -> list[str]:
    return ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", f"{name}.key"]


def openssl(folder: Path, *arguments: str) -> None:
    done = subprocess.run(["openssl", *arguments], cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
