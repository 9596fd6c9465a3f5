"""What a type checker makes of relationships."""

from typing import Any

from typing_extensions import assert_type

from chakra import BigInteger, Collection, Field, ForeignKey, ManyToMany, Model, OneToMany, OneToOne, Prefetch, String
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
    editor = ForeignKey(Writer, nullable=True)
    cover = OneToOne(Cover)
    readers = ManyToMany(Writer, through="readings")


async def reads(novel: Novel, writer: Writer) -> None:
    assert_type(novel.writer, Writer)
    assert_type(novel.writer.name, str)
    assert_type(await novel.writer, Writer)
    assert_type(novel.writer.load_sync(), Writer)
    assert_type(novel.editor, Writer | None)
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
    assert_type(Novel.writer, Way)
    assert_type(await Novel.objects.select_related(Novel.writer), list[Novel])
    chosen: Prefetch = Prefetch(Writer.novels, queryset=Novel.objects.all(), to_attr="some")
    assert_type(await Writer.objects.prefetch_related(chosen, "novels__readers"), list[Writer])
    anything: Any = ForeignKey("Writer")
    assert anything
