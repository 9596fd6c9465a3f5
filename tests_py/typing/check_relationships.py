"""What a type checker makes of relationships."""

from typing import Any

from typing_extensions import assert_type

from chakra import (
    BigInteger,
    Collection,
    Column,
    Field,
    ForeignKey,
    ManyToMany,
    Mapped,
    Model,
    OneToMany,
    OneToOne,
    Prefetch,
    Q,
    String,
)
from chakra.related import Way


class Writer(Model):
    id = Field(BigInteger, primary_key=True)
    name = Field(String(50))
    novels: "OneToMany[Novel]" = OneToMany("Novel", back_populates="writer")


class Cover(Model):
    id = Field(BigInteger, primary_key=True)


class Novel(Model):
    id = Field(BigInteger, primary_key=True)
    writer = ForeignKey(Writer, back_populates="novels")
    writer_id: Mapped[int]
    editor = ForeignKey(Writer, nullable=True)
    cover = OneToOne(Cover)
    readers = ManyToMany(Writer, through="readings")


class Wrong(Model):
    first = OneToMany(Novel, back_populate="wrong")  # type: ignore[call-overload]
    second = ManyToMany("Novel", foreign_key="novel_id")  # type: ignore[call-overload]
    third = ForeignKey(Writer, on_delet="CASCADE")  # type: ignore[call-overload]  # spellchecker:disable-line
    fourth = OneToOne(Novel, foreign_key=3)  # type: ignore[call-overload]


async def reads(novel: Novel, writer: Writer) -> None:
    assert_type(novel.writer_id, int)
    assert_type(Novel.writer_id, Column[int])
    assert_type(novel.writer, Writer)
    assert_type(novel.writer.name, str)
    assert_type(await novel.writer, Writer)
    assert_type(novel.writer.load_sync(), Writer)
    assert_type(novel.editor, Writer | None)
    assert_type(await Novel.editor.load(novel), Writer | None)
    assert_type(Novel.readers.load_sync(novel), Collection[Writer])
    assert_type(novel.cover, Cover)
    assert_type(novel.readers, Collection[Writer])
    assert_type(writer.novels[0], Novel)
    assert_type(writer.novels[:2], list[Novel])
    assert_type(await writer.novels, Collection[Novel])
    assert_type(await writer.novels.filter(id=1), list[Novel])
    assert_type(await writer.novels.create(id=1), Novel)
    assert_type(await writer.novels.count(), int)
    assert_type(await writer.novels.first(), Novel | None)
    assert_type(writer.novels.get_sync(id=1), Novel)
    for other in writer.novels:
        assert_type(other, Novel)
    novel.writer = writer
    novel.editor = None
    novel.writer = 3  # type: ignore[assignment]
    await novel.readers.add(writer)
    await novel.readers.add(novel)  # type: ignore[arg-type]


async def asks() -> None:
    assert_type(Novel.writer, Way[Writer, Writer])
    assert_type(Writer.novels, Way[Novel, Collection[Novel]])
    assert_type(Novel.writer == Writer(id=1), Q)
    assert_type(Novel.editor.in_([Writer(id=1), None]), Q)
    assert_type(await Novel.objects.select_related(Novel.writer), list[Novel])
    chosen: Prefetch = Prefetch(Writer.novels, queryset=Novel.objects.all(), to_attr="some")
    assert_type(await Writer.objects.prefetch_related(chosen, "novels__readers"), list[Writer])
    anything: Any = ForeignKey("Writer")
    assert anything
