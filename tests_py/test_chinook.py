"""Real data: the Chinook store, made by its own scripts; answers are compared with plain SQL."""

from __future__ import annotations

import datetime
import decimal
import re
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import psycopg
import pytest

import chakra
from chakra import Prefetch, Q, QuerySet
from chakra.testing import assert_num_queries
from chinook import TABLES, data_folder, declare, load_mysql, load_postgres, load_sqlite, snake_case
from conftest import BACKENDS, mysql_url, past_chakra, postgres_url, sqlite_rows
from mysql_client import mysql_connect

UTC = datetime.timezone.utc
D = decimal.Decimal


class Store:
    """A loaded store: its models, and plain SQL beside them."""

    def __init__(self, url: str, models: SimpleNamespace, ask: Callable[[str], list[tuple[Any, ...]]]) -> None:
        self.pool = chakra.connect_sync(url)
        self.models = models
        self.ask = ask

    def objects(self, table: str) -> QuerySet[Any]:
        queryset: QuerySet[Any] = getattr(self.models, table).objects
        return queryset


@pytest.fixture(scope="module", params=BACKENDS)
def store(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    folder = data_folder()
    if folder is None:
        pytest.skip("the Chinook scripts are not here; CHAKRA_CHINOOK_DIR can name their folder")
    if request.param == "sqlite":
        path = tmp_path_factory.mktemp("chinook") / "chinook.db"
        loaded = Store(load_sqlite(folder, path), declare(str), lambda sql: sqlite_rows(path, sql))
        yield loaded
        loaded.pool.close_sync()
        return

    if request.param == "mysql":
        url, drop = load_mysql(folder, mysql_url())
        loaded = Store(url, declare(str), ask_mysql(url))
    else:
        url, drop = load_postgres(folder, postgres_url())
        loaded = Store(url, declare(snake_case), ask_postgres(url))
    yield loaded
    loaded.pool.close_sync()
    drop()


def ask_postgres(url: str) -> Callable[[str], list[tuple[Any, ...]]]:
    """Plain SQL for PostgreSQL, whose script spells names in its own way."""

    def ask(sql: str) -> list[tuple[Any, ...]]:
        sql = re.sub(r'"(\w+)"', lambda name: snake_case(name[1]), sql).replace("BINARY", '"C"')
        with psycopg.connect(past_chakra(url)) as connection:
            return connection.execute(sql.encode()).fetchall()

    return ask


def ask_mysql(url: str) -> Callable[[str], list[tuple[Any, ...]]]:
    """Plain SQL for MySQL. The script leaves the order of text to the columns, as chakra does."""

    def ask(sql: str) -> list[tuple[Any, ...]]:
        with mysql_connect(url) as connection, connection.cursor() as cursor:
            cursor.execute(sql.replace('"', "`").replace("COLLATE BINARY", ""))
            return list(cursor.fetchall())

    return ask


def alike(value: Any, raw: Any) -> Any:
    """A value of plain SQL in the type that chakra gave."""
    if isinstance(value, datetime.datetime):
        moment = datetime.datetime.fromisoformat(raw) if isinstance(raw, str) else raw
        return moment.replace(tzinfo=UTC)
    if isinstance(value, decimal.Decimal):
        return D(str(raw))
    return raw


def assert_rows(found: list[Any], raw: list[tuple[Any, ...]]) -> None:
    assert len(found) == len(raw)
    for row, expected in zip(found, raw, strict=True):
        assert row == tuple(alike(value, other) for value, other in zip(row, expected, strict=True))


@pytest.mark.parametrize("table", TABLES)
async def test_every_row_of_every_table(store: Store, run: Any, table: str) -> None:
    keys = getattr(store.models, table).__chakra_model__.primary_key
    found = await run(store.objects(table).order_by(*keys).values_list().all)
    places = ", ".join(str(place) for place in range(1, len(keys) + 1))
    raw = store.ask(f'SELECT * FROM "{table}" ORDER BY {places}')
    assert_rows(found, raw)
    assert await run(store.objects(table).count) == len(raw)
    instances = await run(store.objects(table).order_by(*keys).all)
    assert [tuple(instance.to_dict().values()) for instance in instances] == found


QUESTIONS: dict[str, tuple[str, Callable[[Callable[[str], QuerySet[Any]]], QuerySet[Any]]]] = {
    "artists by initial": (
        """SELECT "ArtistId", "Name" FROM "Artist" WHERE substr("Name", 1, 1) = 'A' ORDER BY "Name" COLLATE BINARY""",
        lambda t: t("Artist").filter(name__startswith="A").order_by("name").values_list(),
    ),
    "albums about love": (
        """SELECT "Title" FROM "Album" WHERE lower("Title") LIKE '%love%' ORDER BY "AlbumId" """,
        lambda t: t("Album").filter(title__icontains="LOVE").order_by("id").values_list("title"),
    ),
    "tracks without composer": (
        """SELECT count(*) FROM "Track" WHERE "Composer" IS NULL""",
        lambda t: t("Track").filter(composer=None),
    ),
    "tracks not by one composer, the unknown included": (
        """SELECT count(*) FROM "Track" WHERE "Composer" <> 'AC/DC' OR "Composer" IS NULL""",
        lambda t: t("Track").exclude(composer="AC/DC"),
    ),
    "dear tracks": (
        """SELECT "TrackId", "UnitPrice" FROM "Track" WHERE "UnitPrice" > 1.5 ORDER BY "TrackId" """,
        lambda t: t("Track").filter(unit_price__gt=D("1.5")).order_by("id").values_list("id", "unit_price"),
    ),
    "price to the cent": (
        """SELECT count(*) FROM "Track" WHERE "UnitPrice" = 0.99""",
        lambda t: t("Track").filter(unit_price="0.99"),
    ),
    "longest tracks": (
        """SELECT "Name", "Milliseconds" FROM "Track" ORDER BY "Milliseconds" DESC, "TrackId" LIMIT 10""",
        lambda t: t("Track").order_by("-milliseconds", "id").values_list("name", "milliseconds")[:10],
    ),
    "a page in the middle": (
        """SELECT "TrackId", "Name" FROM "Track" ORDER BY "Name" COLLATE BINARY, "TrackId" LIMIT 25 OFFSET 1000""",
        lambda t: t("Track").order_by("name", "id").values_list("id", "name")[1000:1025],
    ),
    "highest invoices": (
        """SELECT "InvoiceId", "Total" FROM "Invoice" ORDER BY "Total" DESC, "InvoiceId" DESC LIMIT 20""",
        lambda t: t("Invoice").order_by("-total", "-id").values_list("id", "total")[:20],
    ),
    "invoices between amounts": (
        """SELECT count(*) FROM "Invoice" WHERE "Total" BETWEEN 5.94 AND 8.91""",
        lambda t: t("Invoice").filter(total__range=(D("5.94"), D("8.91"))),
    ),
    "invoices of a year": (
        """SELECT "InvoiceId", "InvoiceDate" FROM "Invoice"
           WHERE "InvoiceDate" >= '2022-01-01 00:00:00' AND "InvoiceDate" < '2023-01-01 00:00:00'
           ORDER BY "InvoiceDate", "InvoiceId" """,
        lambda t: (
            t("Invoice")
            .filter(invoice_date__gte=datetime.datetime(2022, 1, 1), invoice_date__lt=datetime.date(2023, 1, 1))
            .order_by("invoice_date", "id")
            .values_list("id", "invoice_date")
        ),
    ),
    "invoices of one day": (
        """SELECT "InvoiceId" FROM "Invoice" WHERE "InvoiceDate" = '2021-01-03 00:00:00' ORDER BY 1""",
        lambda t: t("Invoice").filter(invoice_date=datetime.date(2021, 1, 3)).order_by("id").values_list("id"),
    ),
    "customers of some countries": (
        """SELECT "LastName" FROM "Customer" WHERE "Country" IN ('Brazil', 'Norway') ORDER BY "CustomerId" """,
        lambda t: t("Customer").filter(country__in=["Brazil", "Norway"]).order_by("id").values_list("last_name"),
    ),
    "customers elsewhere, or with a company": (
        """SELECT "CustomerId" FROM "Customer"
           WHERE "Country" NOT IN ('USA', 'Canada') OR "Company" IS NOT NULL ORDER BY 1""",
        lambda t: (
            t("Customer")
            .filter(~Q(country__in=["USA", "Canada"]) | Q(company__isnull=False))
            .order_by("id")
            .values_list("id")
        ),
    ),
    "countries": (
        """SELECT "Country" FROM (SELECT DISTINCT "Country" FROM "Customer") AS c ORDER BY "Country" COLLATE BINARY""",
        lambda t: t("Customer").order_by("country").values_list("country").distinct(),
    ),
    "accented names": (
        """SELECT "FirstName", "LastName" FROM "Customer" WHERE "LastName" = 'Gonçalves'""",
        lambda t: (
            t("Customer")
            .filter(last_name__iexact="GONÇALVES")
            .order_by("last_name")
            .values_list("first_name", "last_name")
        ),
    ),
    "employees by date of hire": (
        """SELECT "LastName", "HireDate", "BirthDate" FROM "Employee" ORDER BY "HireDate", "EmployeeId" """,
        lambda t: t("Employee").order_by("hire_date", "id").values_list("last_name", "hire_date", "birth_date"),
    ),
    "the head of all": (
        """SELECT "FirstName" FROM "Employee" WHERE "ReportsTo" IS NULL""",
        lambda t: t("Employee").filter(reports_to__isnull=True).values_list("first_name"),
    ),
    "genres": (
        """SELECT "GenreId", "Name" FROM "Genre" WHERE "Name" <> 'Rock' ORDER BY "GenreId" DESC""",
        lambda t: t("Genre").filter(name__ne="Rock").order_by("-id").values_list(),
    ),
    "media types": (
        """SELECT "Name" FROM "MediaType" WHERE "Name" LIKE '%MPEG%' ORDER BY "MediaTypeId" """,
        lambda t: t("MediaType").filter(name__contains="MPEG").order_by("id").values_list("name"),
    ),
    "playlists of one name": (
        """SELECT "PlaylistId" FROM "Playlist" WHERE "Name" = 'Music' ORDER BY 1""",
        lambda t: t("Playlist").filter(name="Music").order_by("id").values_list("id"),
    ),
    "tracks of a playlist": (
        """SELECT "TrackId" FROM "PlaylistTrack" WHERE "PlaylistId" = 17 ORDER BY 1 DESC""",
        lambda t: t("PlaylistTrack").filter(playlist_id=17).order_by("-track_id").values_list("track_id"),
    ),
    "lines of invoices": (
        """SELECT count(*) FROM "InvoiceLine" WHERE "Quantity" = 1 AND "UnitPrice" <> 0.99""",
        lambda t: t("InvoiceLine").filter(Q(quantity=1) & ~Q(unit_price=D("0.99"))),
    ),
    "tracks of an artist": (
        """SELECT t."Name" FROM "Track" t JOIN "Album" a ON a."AlbumId" = t."AlbumId"
        JOIN "Artist" r ON r."ArtistId" = a."ArtistId" WHERE r."Name" = 'Iron Maiden' ORDER BY t."TrackId" """,
        lambda t: t("Track").filter(album__artist__name="Iron Maiden").order_by("id").values_list("name"),
    ),
    "artists without albums": (
        """SELECT "Name" FROM "Artist" WHERE "ArtistId" NOT IN (SELECT "ArtistId" FROM "Album") ORDER BY "ArtistId" """,
        lambda t: t("Artist").filter(albums__isnull=True).order_by("id").values_list("name"),
    ),
    "artists of a genre, each once": (
        """SELECT "ArtistId" FROM "Artist" WHERE "ArtistId" IN (SELECT a."ArtistId" FROM "Album" a
        JOIN "Track" t ON t."AlbumId" = a."AlbumId" JOIN "Genre" g ON g."GenreId" = t."GenreId"
        WHERE g."Name" = 'Metal') ORDER BY 1""",
        lambda t: t("Artist").filter(albums__tracks__genre__name="Metal").order_by("id").values_list("id"),
    ),
    "employees by the name of whom they report to": (
        """SELECT e."LastName" FROM "Employee" e LEFT JOIN "Employee" m ON m."EmployeeId" = e."ReportsTo"
        ORDER BY CASE WHEN m."LastName" IS NULL THEN 1 ELSE 0 END, m."LastName" COLLATE BINARY, e."EmployeeId" """,
        lambda t: t("Employee").order_by("manager__last_name", "id").values_list("last_name"),
    ),
    "tracks on no playlist of a name": (
        """SELECT count(*) FROM "Track" WHERE "TrackId" NOT IN (SELECT p."TrackId" FROM "PlaylistTrack" p
        JOIN "Playlist" l ON l."PlaylistId" = p."PlaylistId" WHERE l."Name" = 'Grunge')""",
        lambda t: t("Track").exclude(playlists__name="Grunge"),
    ),
    "customers of an employee who reports to someone": (
        """SELECT count(*) FROM "Customer" c JOIN "Employee" e ON e."EmployeeId" = c."SupportRepId"
        JOIN "Employee" m ON m."EmployeeId" = e."ReportsTo" WHERE m."LastName" = 'Edwards'""",
        lambda t: t("Customer").filter(support_rep__manager__last_name="Edwards"),
    ),
}


@pytest.mark.parametrize("question", QUESTIONS)
async def test_questions(store: Store, run: Any, question: str) -> None:
    sql, build = QUESTIONS[question]
    queryset = build(store.objects)
    raw = store.ask(sql)
    if sql.startswith("SELECT count"):
        assert await run(queryset.count) == raw[0][0]
        return
    assert raw
    assert_rows(await run(queryset.all), raw)


async def test_a_key_of_two_columns(store: Store, run: Any) -> None:
    row = await run(store.objects("PlaylistTrack").get, playlist_id=1, track_id=3402)
    assert row.pk == (1, 3402)
    last = await run(store.objects("PlaylistTrack").last)
    assert [last.pk] == store.ask('SELECT "PlaylistId", "TrackId" FROM "PlaylistTrack" ORDER BY 1 DESC, 2 DESC LIMIT 1')


async def test_playlists_with_their_tracks(store: Store) -> None:
    with assert_num_queries(2):
        playlists = await store.objects("Playlist").prefetch_related("tracks").order_by("id")
    counted = dict(store.ask('SELECT "PlaylistId", count(*) FROM "PlaylistTrack" GROUP BY "PlaylistId"'))
    assert {playlist.id: len(playlist.tracks) for playlist in playlists if playlist.tracks} == counted
    with assert_num_queries(3):
        playlists = (
            await store.objects("Playlist")
            .prefetch_related(
                Prefetch("tracks", queryset=store.objects("Track").select_related("album__artist").order_by("id")[:3]),
                "tracks__genre",
            )
            .order_by("id")
        )
    for playlist in playlists:
        raw = store.ask(
            'SELECT r."Name", g."Name" FROM "PlaylistTrack" p JOIN "Track" t ON t."TrackId" = p."TrackId" '
            'JOIN "Album" a ON a."AlbumId" = t."AlbumId" JOIN "Artist" r ON r."ArtistId" = a."ArtistId" '
            'JOIN "Genre" g ON g."GenreId" = t."GenreId" '
            f'WHERE p."PlaylistId" = {playlist.id} ORDER BY t."TrackId" LIMIT 3'
        )
        assert [(track.album.artist.name, track.genre.name) for track in playlist.tracks] == raw


async def test_employees_report_to_employees(store: Store) -> None:
    with assert_num_queries(3):
        [chief] = await store.objects("Employee").filter(manager=None).prefetch_related("reports__reports")
    raw = store.ask('SELECT "LastName" FROM "Employee" WHERE "ReportsTo" = 1')
    assert sorted(report.last_name for report in chief.reports) == sorted(name for (name,) in raw)
    assert all(report.manager is chief for report in chief.reports)
    below = [report for manager in chief.reports for report in manager.reports]
    [(expected,)] = store.ask('SELECT count(*) FROM "Employee"')
    assert 1 + len(chief.reports) + len(below) == expected
    everyone = await store.objects("Employee").order_by("id")
    with assert_num_queries(1):
        managers = [await employee.manager for employee in everyone]
    assert [manager and manager.id for manager in managers] == [employee.reports_to for employee in everyone]


async def test_invoices_with_all_that_belongs_to_them(store: Store) -> None:
    with assert_num_queries(2):
        invoices = await (
            store.objects("Invoice")
            .select_related("customer__support_rep__manager")
            .prefetch_related(Prefetch("lines", queryset=store.objects("InvoiceLine").select_related("track__album")))
        )
    with assert_num_queries(0):
        for invoice in invoices:
            assert sum(line.unit_price * line.quantity for line in invoice.lines) == invoice.total
            assert all(line.invoice is invoice and line.track.album.title for line in invoice.lines)
            assert invoice.customer.support_rep.manager.last_name


async def test_streaming_the_whole_store(store: Store, run: Any) -> None:
    total = D(0)
    async for line in run.stream(store.objects("InvoiceLine")):
        total += line.unit_price * line.quantity
    [(expected,)] = store.ask('SELECT sum("Total") FROM "Invoice"')
    assert total == D(str(round(expected, 2)))


async def test_changing_what_is_there(store: Store, run: Any) -> None:
    artist = await run(store.objects("Artist").get, name="AC/DC")
    artist.name = "AC⚡DC"
    await run(artist.save)
    assert store.ask(f'SELECT "Name" FROM "Artist" WHERE "ArtistId" = {artist.id}') == [("AC⚡DC",)]
    assert await run(store.objects("Artist").filter(id=artist.id).update, name="AC/DC") == 1
    await run(artist.refresh)
    assert artist.name == "AC/DC"
    genre = store.models.Genre(id=1000, name="Fado")
    await run(genre.save)
    assert store.ask('SELECT "Name" FROM "Genre" WHERE "GenreId" = 1000') == [("Fado",)]
    await run(genre.delete)
    assert store.ask('SELECT count(*) FROM "Genre" WHERE "GenreId" = 1000') == [(0,)]
