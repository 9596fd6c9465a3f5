"""The Chinook store: its tables as models, and its scripts loaded by each database's own means."""

from __future__ import annotations

import os
import re
import sqlite3
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlsplit

import psycopg
from psycopg.conninfo import make_conninfo
from pymysql.constants import CLIENT

from chakra import DateTime, Decimal, Field, ForeignKey, Integer, ManyToMany, Model, OneToMany, String
from conftest import past_chakra
from mysql_client import mysql_connect

TABLES = (
    "Album",
    "Artist",
    "Customer",
    "Employee",
    "Genre",
    "Invoice",
    "InvoiceLine",
    "MediaType",
    "Playlist",
    "PlaylistTrack",
    "Track",
)


def data_folder() -> Path | None:
    """Where the scripts are, if they are anywhere."""
    root = Path(__file__).resolve().parent.parent
    folder = Path(os.environ.get("CHAKRA_CHINOOK_DIR", root.parent / "shared" / "data" / "chinook"))
    return folder if (folder / "sqlite.sql").is_file() else None


def load_sqlite(folder: Path, path: Path) -> str:
    """Fills a file; gives its URL."""
    connection = sqlite3.connect(path)
    connection.executescript((folder / "sqlite.sql").read_text(encoding="utf-8-sig"))
    connection.close()
    return f"sqlite:///{path}"


def load_postgres(folder: Path, server: str) -> tuple[str, Callable[[], None]]:
    """Fills a database of its own; gives its URL, and what drops it again."""
    name = f"chakra_chinook_{os.getpid()}"
    plain = past_chakra(server)
    script = (folder / "postgres.sql").read_text(encoding="utf-8-sig")
    # The script makes a database called chinook and changes to it; ours has another name.
    script = re.sub(r"^(DROP DATABASE|CREATE DATABASE|\\c).*$", "", script, flags=re.MULTILINE)

    def drop() -> None:
        with psycopg.connect(plain, autocommit=True) as connection:
            connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)".encode())

    drop()
    with psycopg.connect(plain, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} ENCODING 'UTF8' TEMPLATE template0".encode())
    with psycopg.connect(make_conninfo(plain, dbname=name), autocommit=True) as connection:
        connection.execute(script.encode())
    return urlsplit(server)._replace(path=f"/{name}").geturl(), drop


def load_mysql(folder: Path, server: str) -> tuple[str, Callable[[], None]]:
    """Fills a database of its own; gives its URL, and what drops it again."""
    name = f"chakra_chinook_{os.getpid()}"
    script = (folder / "mysql.sql").read_text(encoding="utf-8-sig")
    # The script makes a database called Chinook and changes to it; ours has another name.
    script = re.sub(r"^(DROP DATABASE|CREATE DATABASE|USE).*$", "", script, flags=re.MULTILINE)

    def run(sql: str, **options: Any) -> None:
        with mysql_connect(server, **options) as connection, connection.cursor() as cursor:
            cursor.execute(sql)
            while cursor.nextset():
                pass

    def drop() -> None:
        run(f"DROP DATABASE IF EXISTS {name}")

    drop()
    run(f"CREATE DATABASE {name} CHARACTER SET utf8mb4")
    run(f"USE {name};" + script, client_flag=CLIENT.MULTI_STATEMENTS)
    return urlsplit(server)._replace(path=f"/{name}").geturl(), drop


def snake_case(name: str) -> str:
    """`InvoiceLine` as PostgreSQL's script spells it."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower()


def declare(spell: Callable[[str], str]) -> SimpleNamespace:
    """The models, with tables and columns spelled as a database spells them; attributes are always the same."""

    def key(table: str) -> ForeignKey[Any]:
        return ForeignKey(f"{spell(table)}.{spell(table + 'Id')}")

    def later(model: str) -> str:
        return f"{__name__}.declare.<locals>.{model}"

    class Artist(Model):
        __tablename__ = spell("Artist")
        id = Field(Integer, primary_key=True, column=spell("ArtistId"))
        name = Field(String(120), nullable=True, column=spell("Name"))
        albums: OneToMany[Any] = OneToMany(later("Album"), back_populates="artist")

    class Album(Model):
        __tablename__ = spell("Album")
        id = Field(Integer, primary_key=True, column=spell("AlbumId"))
        title = Field(String(160), column=spell("Title"))
        artist_id = Field(Integer, key("Artist"), column=spell("ArtistId"))
        artist = ForeignKey(Artist, back_populates="albums")
        tracks: OneToMany[Any] = OneToMany(later("Track"), back_populates="album")

    class Employee(Model):
        __tablename__ = spell("Employee")
        id = Field(Integer, primary_key=True, column=spell("EmployeeId"))
        last_name = Field(String(20), column=spell("LastName"))
        first_name = Field(String(20), column=spell("FirstName"))
        title = Field(String(30), nullable=True, column=spell("Title"))
        reports_to = Field(Integer, key("Employee"), nullable=True, column=spell("ReportsTo"))
        manager: ForeignKey[Any] = ForeignKey(later("Employee"), foreign_key="reports_to", back_populates="reports")
        reports: OneToMany[Any] = OneToMany(later("Employee"), back_populates="manager")
        customers: OneToMany[Any] = OneToMany(later("Customer"), back_populates="support_rep")
        birth_date = Field(DateTime, nullable=True, column=spell("BirthDate"))
        hire_date = Field(DateTime, nullable=True, column=spell("HireDate"))
        address = Field(String(70), nullable=True, column=spell("Address"))
        city = Field(String(40), nullable=True, column=spell("City"))
        state = Field(String(40), nullable=True, column=spell("State"))
        country = Field(String(40), nullable=True, column=spell("Country"))
        postal_code = Field(String(10), nullable=True, column=spell("PostalCode"))
        phone = Field(String(24), nullable=True, column=spell("Phone"))
        fax = Field(String(24), nullable=True, column=spell("Fax"))
        email = Field(String(60), nullable=True, column=spell("Email"))

    class Customer(Model):
        __tablename__ = spell("Customer")
        id = Field(Integer, primary_key=True, column=spell("CustomerId"))
        first_name = Field(String(40), column=spell("FirstName"))
        last_name = Field(String(20), column=spell("LastName"))
        company = Field(String(80), nullable=True, column=spell("Company"))
        address = Field(String(70), nullable=True, column=spell("Address"))
        city = Field(String(40), nullable=True, column=spell("City"))
        state = Field(String(40), nullable=True, column=spell("State"))
        country = Field(String(40), nullable=True, column=spell("Country"))
        postal_code = Field(String(10), nullable=True, column=spell("PostalCode"))
        phone = Field(String(24), nullable=True, column=spell("Phone"))
        fax = Field(String(24), nullable=True, column=spell("Fax"))
        email = Field(String(60), column=spell("Email"))
        support_rep_id = Field(Integer, key("Employee"), nullable=True, column=spell("SupportRepId"))
        support_rep = ForeignKey(Employee, back_populates="customers")
        invoices: OneToMany[Any] = OneToMany(later("Invoice"), back_populates="customer")

    class Genre(Model):
        __tablename__ = spell("Genre")
        id = Field(Integer, primary_key=True, column=spell("GenreId"))
        name = Field(String(120), nullable=True, column=spell("Name"))

    class MediaType(Model):
        __tablename__ = spell("MediaType")
        id = Field(Integer, primary_key=True, column=spell("MediaTypeId"))
        name = Field(String(120), nullable=True, column=spell("Name"))

    class Track(Model):
        __tablename__ = spell("Track")
        id = Field(Integer, primary_key=True, column=spell("TrackId"))
        name = Field(String(200), column=spell("Name"))
        album_id = Field(Integer, key("Album"), nullable=True, column=spell("AlbumId"))
        media_type_id = Field(Integer, key("MediaType"), column=spell("MediaTypeId"))
        genre_id = Field(Integer, key("Genre"), nullable=True, column=spell("GenreId"))
        album = ForeignKey(Album, back_populates="tracks")
        media_type = ForeignKey(MediaType)
        genre = ForeignKey(Genre)
        playlists: ManyToMany[Any] = ManyToMany(
            later("Playlist"), through=spell("PlaylistTrack"), back_populates="tracks"
        )
        composer = Field(String(220), nullable=True, column=spell("Composer"))
        milliseconds = Field(Integer, column=spell("Milliseconds"))
        bytes = Field(Integer, nullable=True, column=spell("Bytes"))
        unit_price = Field(Decimal(10, 2), column=spell("UnitPrice"))

    class Playlist(Model):
        __tablename__ = spell("Playlist")
        id = Field(Integer, primary_key=True, column=spell("PlaylistId"))
        name = Field(String(120), nullable=True, column=spell("Name"))
        tracks = ManyToMany(Track, through=spell("PlaylistTrack"), back_populates="playlists")

    class PlaylistTrack(Model):
        __tablename__ = spell("PlaylistTrack")
        playlist_id = Field(Integer, key("Playlist"), primary_key=True, column=spell("PlaylistId"))
        track_id = Field(Integer, key("Track"), primary_key=True, column=spell("TrackId"))

    class Invoice(Model):
        __tablename__ = spell("Invoice")
        id = Field(Integer, primary_key=True, column=spell("InvoiceId"))
        customer_id = Field(Integer, key("Customer"), column=spell("CustomerId"))
        customer = ForeignKey(Customer, back_populates="invoices")
        lines: OneToMany[Any] = OneToMany(later("InvoiceLine"), back_populates="invoice")
        invoice_date = Field(DateTime, column=spell("InvoiceDate"))
        billing_address = Field(String(70), nullable=True, column=spell("BillingAddress"))
        billing_city = Field(String(40), nullable=True, column=spell("BillingCity"))
        billing_state = Field(String(40), nullable=True, column=spell("BillingState"))
        billing_country = Field(String(40), nullable=True, column=spell("BillingCountry"))
        billing_postal_code = Field(String(10), nullable=True, column=spell("BillingPostalCode"))
        total = Field(Decimal(10, 2), column=spell("Total"))

    class InvoiceLine(Model):
        __tablename__ = spell("InvoiceLine")
        id = Field(Integer, primary_key=True, column=spell("InvoiceLineId"))
        invoice_id = Field(Integer, key("Invoice"), column=spell("InvoiceId"))
        track_id = Field(Integer, key("Track"), column=spell("TrackId"))
        invoice = ForeignKey(Invoice, back_populates="lines")
        track = ForeignKey(Track)
        unit_price = Field(Decimal(10, 2), column=spell("UnitPrice"))
        quantity = Field(Integer, column=spell("Quantity"))

    return SimpleNamespace(**{name: model for name, model in locals().items() if name in TABLES})
