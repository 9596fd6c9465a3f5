"""The contenders that can read related rows, one module per library."""

MODULES = {
    "sqlite3": "sqlite3_raw",
    "asyncpg": "asyncpg_raw",
    "chakra": "chakra_orm",
    "sqlalchemy": "sqlalchemy_orm",
    "django": "django_orm",
    "tortoise": "tortoise_orm",
    "peewee": "peewee_orm",
    "oxyde": "oxyde_orm",
    "yara_orm": "yara",
}
