"""What values and objects must meet: the rules of fields, validators, and how faults are told. No database is asked."""

from __future__ import annotations

import datetime
import decimal
import enum
import pickle
from typing import Any

import pytest

from chakra import (
    JSON,
    Binary,
    Date,
    DateTime,
    Decimal,
    Enum,
    Field,
    Float,
    Integer,
    Interval,
    Model,
    String,
    Text,
    model_validator,
    validator,
)
from chakra.exceptions import DefinitionError, FieldError, ValidationError
from models import table

UTC = datetime.timezone.utc


def model(**body: Any) -> type[Any]:
    """A model class with these fields and methods, and a key."""
    named = {"__module__": __name__, "__qualname__": "Thing", "__tablename__": table("ruled_things")}
    return type(Model)("Thing", (Model,), {**named, "id": Field(Integer, primary_key=True), **body})


def faults_of(call: Any) -> list[ValidationError]:
    with pytest.raises(ValidationError) as caught:
        call()
    return caught.value.errors


# ------------------------------------------------------------------------------ rules


class Mood(enum.Enum):
    GLAD = "glad"
    SAD = "sad"


RULES: list[tuple[Field[Any], list[Any], list[tuple[Any, str]]]] = [
    (Field(Integer, min_value=18, max_value=65), [18, 65, "40"], [(17, "min_value=18"), ("66", "max_value=65")]),
    (
        Field(Decimal(10, 2), min_value="0.01", max_value=100),
        ["0.01", 100, decimal.Decimal("99.99")],
        [(0, "min_value=0.01"), ("100.01", "max_value=100"), (-1, "min_value=0.01")],
    ),
    (
        Field(Decimal, min_value=0),
        ["0", "1e-30"],
        [("-1e-30", "min_value=0"), (decimal.Decimal("NaN"), "min_value=0"), ("Infinity", "min_value=0")],
    ),
    (
        Field(Float, min_value=0, max_value=1.5),
        [0, 1.5, 0.25],
        [(-0.1, "min_value=0.0"), (float("inf"), "max_value=1.5")],
    ),
    (Field(Float, min_value=0), [float("inf")], [(float("nan"), "min_value=0.0")]),
    (
        Field(Date, min_value="2000-01-01", max_value=datetime.date(2000, 12, 31)),
        ["2000-01-01", datetime.date(2000, 12, 31)],
        [("1999-12-31", "min_value=2000-01-01"), ("2001-01-01", "max_value=2000-12-31")],
    ),
    (
        Field(DateTime, min_value=datetime.datetime(2020, 1, 1)),
        [datetime.datetime(2020, 1, 1, tzinfo=UTC), "2020-01-01T01:00:00+01:00"],
        [("2019-12-31T23:59:59.999999", "min_value=2020-01-01 00:00:00")],
    ),
    (Field(String(10), min_length=2), ["ab", "üß"], [("a", "min_length=2"), ("", "min_length=2")]),
    (Field(Text, max_length=2), ["", "ab", "üß"], [("abc", "max_length=2")]),
    (Field(Binary, min_length=1, max_length=2), [b"a", b"ab"], [(b"", "min_length=1"), (b"abc", "max_length=2")]),
    (Field(Text, pattern=r"^\d{3}$"), ["123", "٣٤٥"], [("12", r"pattern=^\d{3}$"), ("123\n", r"pattern=^\d{3}$")]),
    (Field(Text, pattern="(?i)ab"), ["xABx"], [("a", "pattern=(?i)ab")]),
    (Field(String(5), choices=["new", "old"]), ["new", "old"], [("New", "choices"), ("", "choices")]),
    (Field(Integer, choices=[(1, "one"), (2, "two")]), [1, "2"], [(3, "choices")]),
    (Field(Decimal(4, 2), choices=["0.5"]), ["0.50", decimal.Decimal("0.5")], [(1, "choices")]),
    (Field(Enum("new", "old", "odd"), choices=["new", "old"]), ["new", "old"], [("odd", "choices")]),
    (Field(Enum(Mood), choices=[Mood.GLAD]), [Mood.GLAD, "glad"], [(Mood.SAD, "choices")]),
    (
        Field(Interval, min_value=datetime.timedelta(minutes=1)),
        [datetime.timedelta(minutes=1)],
        [(datetime.timedelta(seconds=59), "min_value=00:01:00")],
    ),
]


@pytest.mark.parametrize(("field", "good", "bad"), RULES)
def test_rules_hold_at_construction_and_at_assignment(
    field: Field[Any], good: list[Any], bad: list[tuple[Any, str]]
) -> None:
    thing = model(value=field)
    for value in good:
        assert thing(value=value).value == thing(value=thing(value=value).value).value
        thing().value = value
    for value, constraint in bad:
        for attempt in (lambda value=value: thing(value=value), lambda value=value: setattr(thing(), "value", value)):
            (fault,) = faults_of(attempt)
            assert (fault.model, fault.field, fault.constraint) == ("Thing", "value", constraint)
            assert fault.value is value
            assert fault.where is not None
            assert fault.where.startswith("test_validation.py:")
            assert str(fault).startswith("Thing.value: ")


def test_a_refused_assignment_leaves_the_old_value() -> None:
    thing = model(value=Field(Integer, min_value=0))(value=1)
    assert faults_of(lambda: setattr(thing, "value", -1))
    assert thing.value == 1


def test_none_meets_every_rule_of_a_nullable_field() -> None:
    thing = model(value=Field(Text, nullable=True, min_length=1, choices=["a"], pattern="a"))
    assert thing(value=None).value is None
    assert thing().value is None


def test_a_value_that_breaks_several_rules_is_told_all_of_them() -> None:
    thing = model(code=Field(String(9), min_length=3, pattern="^[a-z]+$"))
    assert [fault.constraint for fault in faults_of(lambda: thing(code="A"))] == ["min_length=3", "pattern=^[a-z]+$"]


def test_choices_of_an_enumeration_are_its_values() -> None:
    class Colour(str, enum.Enum):
        RED = "red"
        BLUE = "blue"

    thing = model(colour=Field(String(5), choices=Colour))
    assert thing(colour="red").colour == "red"
    assert type(thing(colour=Colour.BLUE).colour) is str
    (fault,) = faults_of(lambda: thing(colour="green"))
    assert '"green" is none of "red", "blue"' in str(fault)


def test_defaults_are_held_to_the_rules() -> None:
    with pytest.raises(DefinitionError, match=r"Thing\.age .*the default is refused.*min_value=3"):
        model(age=Field(Integer, default=2, min_value=3))()
    made = model(age=Field(Integer, default=lambda: 2, min_value=3))
    assert faults_of(made)[0].constraint == "min_value=3"


MISTAKES: dict[str, tuple[Field[Any], str]] = {
    "bound of another type": (Field(Integer, min_value="old"), "min_value: 'old' of type str is not accepted"),
    "float bound of an integer": (Field(Integer, max_value=1.5), "max_value: 1.5 of type float is not accepted"),
    "bounds of text": (Field(Text, min_value="a"), "min_value is for numbers, dates and times, not for Text"),
    "length of a number": (Field(Integer, min_length=1), "min_length is for text, bytes and arrays, not for Integer"),
    "negative length": (Field(Text, min_length=-1), "min_length: -1 is no length"),
    "length that is a truth": (Field(Text, max_length=True), "max_length: True is no length"),
    "pattern of a number": (Field(Integer, pattern="1"), "pattern is for text, not for Integer"),
    "pattern with a hole": (Field(Text, pattern="("), 'the pattern "(" cannot be used: unclosed group'),
    "pattern with look-ahead": (Field(Text, pattern="(?=a)"), "has no look-around"),
    "pattern that is no text": (Field(Text, pattern=3), "pattern: 3 is no text"),  # type: ignore[call-overload]
    "choices that are one text": (Field(Text, choices="abc"), "choices is no list; give a list of values"),
    "no choices": (Field(Text, choices=[]), "choices is empty"),
    "choice of another type": (Field(Integer, choices=[1, "b"]), "choices: 'b' of type str is not accepted"),
    "None among the choices": (Field(Text, choices=["a", None], nullable=True), "nullable=True allows it beside"),
    "choices of documents": (Field(JSON, choices=[{}]), "choices is for single values, not for JSON"),
    "bounds that exclude all": (Field(Integer, min_value=2, max_value=1), "together allow no value"),
    "lengths that exclude all": (Field(Text, min_length=2, max_length=1), "together allow no value"),
    "length beyond the type's": (
        Field(String(2), min_length=3),
        "min_length=3 is more than the 2 that String(2) holds",
    ),
    "choice that is no member": (Field(Enum("a", "b"), choices=["c"]), 'not accepted; give one of "a", "b"'),
    "choice out of range": (Field(Integer, choices=[2**40]), "is no value of Integer"),
    "flag": (Field(Integer, db_check="no"), "db_check is True or False, not 'no'"),  # type: ignore[call-overload]
    "check that is no text": (Field(Integer, check=3), "check is text, not 3"),  # type: ignore[call-overload]
    "on_update of another type": (Field(Integer, on_update="x"), "the on_update is refused by the field itself"),  # type: ignore[arg-type]
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_rules_that_mean_nothing_are_mistakes_of_the_definition(mistake: str) -> None:
    field, message = MISTAKES[mistake]
    with pytest.raises(DefinitionError) as caught:
        model(value=field)()
    assert message in str(caught.value)
    assert "value" in str(caught.value)


def test_numbered_keys_have_no_other_source() -> None:
    class Numbered(Model):
        id = Field(Integer, primary_key=True, auto_increment=True, server_default="3")

    with pytest.raises(DefinitionError, match="auto_increment and server_default exclude each other"):
        Numbered()


def test_a_key_does_not_change_at_every_update() -> None:
    class Restless(Model):
        id = Field(Integer, primary_key=True, on_update=lambda: 3)

    with pytest.raises(DefinitionError, match="a primary key does not change at every update"):
        Restless()


# ------------------------------------------------------------------------------ all faults together


def test_all_faults_of_a_construction_come_together() -> None:
    thing = model(name=Field(String(3)), age=Field(Integer, min_value=0), born=Field(Date))
    with pytest.raises(ValidationError) as caught:
        thing(name="long", age=-1, born="soon")
    error = caught.value
    assert [(fault.field, fault.value) for fault in error.errors] == [("name", "long"), ("age", -1), ("born", "soon")]
    assert (error.model, error.field, error.value) == ("Thing", "name", "long")
    assert str(error).splitlines()[0] == "Thing: 3 faults"
    for fault, line in zip(error.errors, str(error).splitlines()[1:], strict=True):
        assert line == f"  - {fault}"


def test_unknown_names_alone_are_a_field_error_and_among_faults_one_of_them() -> None:
    thing = model(name=Field(String(3)), age=Field(Integer))
    with pytest.raises(FieldError, match=r'no field "nmae"; did you mean "name"\?; its fields are id, name, age'):
        thing(nmae="x", age=1)
    with pytest.raises(FieldError, match=r'no field "nmae".*no field "agee"'):
        thing(nmae="x", agee=1)
    faults = faults_of(lambda: thing(nmae="x", age="old"))
    assert [(fault.field, fault.constraint) for fault in faults] == [("age", "Integer"), ("nmae", "unknown field")]
    assert 'did you mean "name"?' in str(faults[1])


def test_a_report_survives_pickling() -> None:
    thing = model(name=Field(String(3)), age=Field(Integer))
    with pytest.raises(ValidationError) as caught:
        thing(name="long", age="old")
    copied = pickle.loads(pickle.dumps(caught.value))
    assert [fault.field for fault in copied.errors] == ["name", "age"]
    assert str(copied) == str(caught.value)


# ------------------------------------------------------------------------------ validators


class Account(Model):
    __tablename__ = table("accounts")
    id = Field(Integer, primary_key=True)
    email = Field(String(30), min_length=3, pattern="^[a-z.@]+$")
    backup = Field(String(30), nullable=True)
    age = Field(Integer, default=20)

    @validator("email", "backup")
    def normalise(self, value: str) -> str:
        return value.strip().lower()

    @validator("email")
    def has_an_at(self, value: str) -> str:
        if "@" not in value:
            raise ValueError("an address has an @")
        return value

    @validator("age")
    def is_grown(self, value: int) -> int:
        assert value >= 18, "only for adults"
        return value


def test_validators_transform_before_the_rules_hold() -> None:
    account = Account(email="  ADA@X.ORG ", backup="B@X")
    assert (account.email, account.backup) == ("ada@x.org", "b@x")
    account.email = " EVE@X.ORG"
    assert account.email == "eve@x.org"


def test_what_a_validator_makes_is_held_to_the_rules() -> None:
    (fault,) = faults_of(lambda: Account(email=" @\t"))
    assert fault.constraint == "min_length=3"
    (fault,) = faults_of(lambda: Account(email="1@x.org"))
    assert fault.constraint == "pattern=^[a-z.@]+$"


def test_a_refusal_names_the_validator_and_keeps_its_reason() -> None:
    for attempt in (lambda: Account(email="ADA"), lambda: setattr(Account(), "email", "ADA")):
        (fault,) = faults_of(attempt)
        assert (fault.field, fault.value, fault.constraint) == ("email", "ada", "has_an_at")
        assert str(fault) == "Account.email: an address has an @"
        assert isinstance(fault.__cause__, ValueError)


def test_an_assertion_refuses_too() -> None:
    (fault,) = faults_of(lambda: Account(email="a@x", age=17))
    assert "only for adults" in str(fault)


def test_validators_see_values_of_the_fields_type_and_never_none() -> None:
    seen: list[Any] = []

    def note(self: Any, value: Any) -> Any:
        seen.append(value)
        return value

    thing = model(at=Field(DateTime, nullable=True), note=validator("at")(note))
    assert thing(at="2024-01-01").at == datetime.datetime(2024, 1, 1, tzinfo=UTC)
    thing(at=None).at = None
    thing()
    assert seen == [datetime.datetime(2024, 1, 1, tzinfo=UTC)]
    assert faults_of(lambda: thing(at="soon"))
    assert len(seen) == 1


def test_validators_see_the_other_attributes() -> None:
    class Range(Model):
        __tablename__ = table("ranges")
        id = Field(Integer, primary_key=True)
        high = Field(Integer)
        low = Field(Integer)

        @validator("high")
        def not_below(self, value: int) -> int:
            if value < self.low:
                raise ValueError(f"below {self.low}")
            return value

    assert Range(low="1", high="2").high == 2
    assert "below 3" in str(faults_of(lambda: Range(high=2, low="3"))[0])


def test_a_default_goes_through_validators() -> None:
    thing = model(name=Field(Text, default="Ada"), lower=validator("name")(lambda self, value: value.lower()))
    assert thing().name == "ada"


def test_class_and_static_methods_may_be_validators() -> None:
    class Loud(Model):
        __tablename__ = table("louds")
        id = Field(Integer, primary_key=True)
        name = Field(Text)
        nick = Field(Text, nullable=True)
        word = Field(Text, nullable=True)

        @validator("name")
        @classmethod
        def upper(cls, value: str) -> str:
            return f"{cls.__name__}: {value.upper()}"

        @classmethod
        @validator("nick")
        def lower(cls, value: str) -> str:
            return value.lower()

        @validator("word")
        @staticmethod
        def strip(value: str) -> str:
            return value.strip()

    loud = Loud(name="a", nick="B", word=" c ")
    assert (loud.name, loud.nick, loud.word) == ("Loud: A", "b", "c")


def test_validators_are_inherited_replaced_and_dropped() -> None:
    class Trimmed:
        """A plain mixin."""

        @validator("name")
        def trim(self, value: str) -> str:
            return value.strip()

        @validator("name")
        def check(self, value: str) -> str:
            raise ValueError("never")

    class Base(Model):
        id = Field(Integer, primary_key=True)
        name = Field(Text)

        class Meta:
            abstract = True

        @validator("name")
        def double(self, value: str) -> str:
            return value * 2

    class Plain(Trimmed, Base):
        __tablename__ = table("plains")
        check = None

    class Other(Trimmed, Base):
        __tablename__ = table("others")

        def trim(self, value: str) -> str:
            return f"[{value}]"

        @validator("name")
        def check(self, value: str) -> str:
            return f"<{value}>"

    # Those of farther bases first.
    assert Plain(name=" a ").name == "a  a"
    assert Other(name="a").name == "<[aa]>"


def test_a_validator_that_forgets_to_return_is_told() -> None:
    def forgets(self: Any, value: Any) -> Any: ...

    (fault,) = faults_of(lambda: model(name=Field(Text), forgets=validator("name")(forgets))(name="x"))
    assert "the validator forgets gave None; a validator returns the value" in str(fault)

    def says_so(self: Any, value: Any) -> None: ...

    with pytest.raises(DefinitionError, match=r"says_so.*: a validator returns the value"):
        model(name=Field(Text), says_so=validator("name")(says_so))()


def test_a_validator_may_make_none_of_a_nullable_value() -> None:
    thing = model(nick=Field(Text, nullable=True), blank=validator("nick")(lambda self, value: value or None))
    assert thing(nick="").nick is None


def test_a_validator_that_fails_is_no_refusal() -> None:
    def fails(self: Any, value: str) -> str:
        raise KeyError(value)

    thing = model(name=Field(Text), age=Field(Integer), fails=validator("name")(fails))
    with pytest.raises(KeyError):
        thing(name="x", age=1)
    # What is wrong already may be why it failed.
    (fault,) = faults_of(lambda: thing(name="x", age="old"))
    assert fault.field == "age"


def test_a_validation_error_of_a_validator_is_completed_or_kept() -> None:
    def bare(self: Any, value: str) -> str:
        raise ValidationError("not today", constraint="calendar")

    (fault,) = faults_of(lambda: model(name=Field(Text), bare=validator("name")(bare))(name="x"))
    assert (fault.model, fault.field, fault.value, str(fault)) == ("Thing", "name", "x", "Thing.name: not today")

    def own(self: Any, value: str) -> str:
        raise ValidationError("mine", field="other", constraint="calendar")

    (fault,) = faults_of(lambda: model(name=Field(Text), own=validator("name")(own))(name="x"))
    assert (fault.field, str(fault), fault.constraint) == ("other", "mine", "calendar")


def test_faults_of_fields_and_of_validators_come_together() -> None:
    faults = faults_of(lambda: Account(email="ada", age=3, backup=7))
    assert [(fault.field, fault.constraint) for fault in faults] == [
        ("backup", "String"),
        ("email", "has_an_at"),
        ("age", "is_grown"),
    ]


def test_mistakes_in_the_declaration_of_validators() -> None:
    with pytest.raises(DefinitionError, match=r"check.*: @validator\('nmae'\) names no field; did you mean 'name'"):
        model(name=Field(Text), check=validator("nmae")(lambda self, value: value))()
    with pytest.raises(
        DefinitionError, match=r"check.*: validator takes the names of fields; write @validator\('name'\)"
    ):
        model(name=Field(Text), check=validator(lambda self, value: value))()  # type: ignore[arg-type]

    async def waits(self: Any, value: str) -> str:
        return value

    with pytest.raises(DefinitionError, match=r"waits.*: a validator cannot be awaited"):
        model(name=Field(Text), waits=validator("name")(waits))()
    with pytest.raises(DefinitionError, match=r"waits.*: a validator cannot be awaited"):
        model(name=Field(Text), waits=model_validator(waits))()
    with pytest.raises(DefinitionError, match=r"check.*the value alone.* take; write def check\(self, value\)"):
        model(name=Field(Text), check=validator("name")(lambda self: None))()
    with pytest.raises(DefinitionError, match=r"check.*the value alone"):
        model(name=Field(Text), check=validator("name")(lambda self, value, other: value))()
    with pytest.raises(DefinitionError, match=r"check.*the value alone"):
        model(name=Field(Text), check=staticmethod(validator("name")(lambda: "x")))()
    with pytest.raises(DefinitionError, match=r"check.*without arguments.*; write def check\(self\)"):
        model(name=Field(Text), check=model_validator(lambda self, other: None))()
    for fine in (
        lambda self, value, other=1: value,
        lambda *given: given[1],
        staticmethod(validator("name")(lambda value: value)),
        classmethod(validator("name")(lambda cls, value: value)),
    ):
        check = fine if isinstance(fine, staticmethod | classmethod) else validator("name")(fine)
        assert model(name=Field(Text), check=check)(name="x").name == "x"
    with pytest.raises(DefinitionError, match="validator takes the names of fields"):
        model(name=Field(Text), check=validator()(lambda self, value: value))()


def test_a_model_validator_is_no_part_of_construction() -> None:
    class Calm(Model):
        __tablename__ = table("calm")
        id = Field(Integer, primary_key=True)

        @model_validator
        def never(self) -> None:
            raise ValueError("no")

    assert Calm().id is None
