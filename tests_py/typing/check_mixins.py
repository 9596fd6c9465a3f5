"""What a type checker infers for `chakra.mixins`; read by mypy, never run."""

import datetime
import uuid

from typing_extensions import assert_type

from chakra import BigInteger, Field, ForeignKey, Integer, Model, QuerySet, String
from chakra.mixins import AuditMixin, SoftDeleteMixin, TimestampMixin, VersionMixin, acting_as, set_actor


class Page(TimestampMixin, SoftDeleteMixin, AuditMixin, VersionMixin, Model):
    id = Field(Integer, primary_key=True)
    title = Field(String(50))


class Sheet(Model, AuditMixin[uuid.UUID], SoftDeleteMixin):
    id = Field(Integer, primary_key=True)


class Signed(AuditMixin, Model):
    id = Field(Integer, primary_key=True)
    created_by = Field(BigInteger, ForeignKey("users.id"), nullable=True)


async def check() -> None:
    page = await Page.objects.get(id=1)
    assert_type(page.created_at, datetime.datetime)
    assert_type(page.updated_at, datetime.datetime)
    assert_type(page.deleted_at, datetime.datetime | None)
    assert_type(page.version, int)
    assert_type(page.created_by, int | None)
    assert_type(page.updated_by, int | None)
    assert_type(Page.all_objects, QuerySet[Page])
    assert_type(await Page.all_objects.filter(Page.deleted_at.is_null(False)), list[Page])
    assert_type(await Page.all_objects.restore(), int)
    assert_type(await Page.objects.hard_delete(), int)
    assert_type(Page.objects.hard_delete_sync(), int)
    await page.restore(using="other")
    await page.hard_delete()
    page.restore_sync()
    page.hard_delete_sync()

    sheet = await Sheet.all_objects.get(id=1)
    assert_type(sheet.created_by, uuid.UUID | None)
    assert_type((await Signed.objects.get(id=1)).created_by, int | None)
    with acting_as(page):
        set_actor(uuid.uuid4())
