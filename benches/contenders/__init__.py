"""The contenders, one module per library; a library that is not installed is reported, not required."""

from __future__ import annotations

from importlib import import_module

from benches.contender import Contender

MODULES = {
    "sqlite3": "sqlite3_raw",
    "aiosqlite": "aiosqlite_raw",
    "asyncpg": "asyncpg_raw",
    "psycopg": "psycopg_raw",
    "chakra": "chakra_orm",
    "sqlalchemy": "sqlalchemy_orm",
    "django": "django_orm",
    "tortoise": "tortoise_orm",
    "peewee": "peewee_orm",
    "oxyde": "oxyde_orm",
    "yara_orm": "yara",
}


def load(package: str = __name__, modules: dict[str, str] = MODULES) -> tuple[list[Contender], dict[str, str]]:
    """Every contender of a package whose library can be imported, and for the others the reason why not."""
    contenders: list[Contender] = []
    missing: dict[str, str] = {}
    for library, module in modules.items():
        try:
            loaded = import_module(f"{package}.{module}")
        except ImportError as error:
            missing[library] = f"cannot be imported: {error}"
        else:
            contenders += [contender() for contender in loaded.CONTENDERS]
    return contenders, missing
