"""`validator` and `model_validator`: methods of a model that look at values before the model takes them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

    from chakra.checks import Findings
    from chakra.fields import Field

__all__ = ["Validators", "model_validator", "validator"]

M = TypeVar("M")

_FIELDS = "__chakra_validates__"
_MODEL = "__chakra_validates_model__"


def validator(*fields: str) -> Callable[[M], M]:
    """Makes a method the validator of fields: it is given a value and returns it, or another.

    It runs when an object is made and when the attribute is assigned, on a value that has the field's type
    already; the field's rules, such as `min_length`, then hold for what it returns. None is not given to it.
    Raising `ValueError` (or failing an `assert`) refuses the value. Several validators of a field run in order,
    those of base classes first. A subclass replaces a validator by a method of its name, and drops it by
    `name = None`.

    Args:
        fields: The names of the fields.

    Example:
        >>> from chakra import Field, Integer, Model, String
        >>> class Subscriber(Model):
        ...     id = Field(Integer, primary_key=True)
        ...     email = Field(String(120))
        ...
        ...     @validator("email")
        ...     def normalise(self, value: str) -> str:
        ...         if "@" not in value:
        ...             raise ValueError("an address has an @")
        ...         return value.strip().lower()
        >>> Subscriber(email=" Ada@Example.org ").email
        'ada@example.org'
    """

    def mark(method: M) -> M:
        setattr(method, _FIELDS, fields)
        return method

    # Written without its parentheses, `@validator` leaves this function in the class: so it carries the mark too.
    setattr(mark, _FIELDS, fields)
    return mark


def model_validator(method: M) -> M:
    """Makes a method the validator of whole objects: it runs before an object is written.

    `save`, `create` and `bulk_create` call it, with the object's values as they are; it may assign others. Raising
    `ValueError` (or failing an `assert`) refuses the object. It runs for an object that has changes, not for reading.

    Example:
        >>> from chakra import Date, Field, Integer, Model
        >>> class Stay(Model):
        ...     id = Field(Integer, primary_key=True)
        ...     arrival = Field(Date)
        ...     departure = Field(Date)
        ...
        ...     @model_validator
        ...     def leaves_after_arriving(self) -> None:
        ...         if self.departure <= self.arrival:
        ...             raise ValueError("the departure is not after the arrival")
    """
    setattr(method, _MODEL, True)
    return method


class Validators:
    """The validators of a model's class, its own and those of its bases.

    Attributes:
        of_fields: The names of methods, by field, in the order in which they run.
        of_model: The names of methods that see whole objects.
    """

    __slots__ = ("_fields", "_model", "of_fields", "of_model")

    def __init__(self, model: type) -> None:
        self._model = model
        self._fields: dict[str, tuple[Any, ...]] = {}
        whole: dict[str, None] = {}
        for base in reversed(model.__mro__):
            for name, value in base.__dict__.items():
                if value is None:
                    self._fields.pop(name, None)
                    whole.pop(name, None)
                elif (fields := _mark(value, _FIELDS)) is not None:
                    whole.pop(name, None)
                    self._fields[name] = fields
                elif _mark(value, _MODEL) is not None:
                    self._fields.pop(name, None)
                    whole[name] = None
        self.of_model = list(whole)
        self.of_fields: dict[str, list[str]] = {}
        for name, fields in self._fields.items():
            for field in fields:
                self.of_fields.setdefault(field, []).append(name)

    def find_faults(self, fields: dict[str, Field[Any]], found: Findings) -> None:
        """Tells `found` what is wrong with the declarations."""
        from chakra.checks import nearest

        for name, named in self._fields.items():
            here = found.at(name)
            if not named or not all(isinstance(field, str) for field in named):
                example = next((field for field in fields if field != "id"), "name")
                here.add("validator", "validator takes the names of fields", f"write @validator({example!r})")
                continue
            for field in named:
                if field not in fields:
                    hint = f"{nearest(field, frozenset(fields))}its fields are {', '.join(fields)}"
                    here.add("validator", f"@validator({field!r}) names no field", hint)
            if _returns_nothing(self._model, name):
                message = "a validator returns the value, and this one is annotated to return None"
                here.add("validator", message, "return the value, the same or another")
        for name in self._fields:
            if not _takes(self._model, name, 1):
                message = "a validator is called with the value alone, which this one does not take"
                found.at(name).add("validator", message, f"write def {name}(self, value)")
        for name in self.of_model:
            if not _takes(self._model, name, 0):
                message = "a model_validator is called without arguments, and this one needs some"
                found.at(name).add("validator", message, f"write def {name}(self)")
        for name in [*self._fields, *self.of_model]:
            if _is_coroutine_function(self._model, name):
                message = "a validator cannot be awaited: objects are made and assigned without waiting"
                found.at(name).add("validator", message, "write it with def, and ask the database where you await")


def choice_values(choices: object) -> list[object] | None:
    """The values of `choices`: of an enumeration those of its members, of pairs (value, label) the first.

    None stands for what can be no choices.
    """
    from enum import Enum

    if isinstance(choices, type) and issubclass(choices, Enum):
        return [member.value for member in choices]
    if isinstance(choices, set | frozenset):
        # Their order changes from run to run, and the order of choices is seen in the database's definition.
        return sorted(choices, key=repr)
    if not isinstance(choices, list | tuple):
        return None
    return [choice[0] if _is_pair(choice) else choice for choice in choices]


def _is_pair(choice: object) -> bool:
    return isinstance(choice, tuple | list) and len(choice) == 2 and isinstance(choice[1], str)


def _mark(value: object, mark: str) -> Any:
    # Asked of the object's own attributes: something else in a class may answer to any name.
    method = value.__func__ if isinstance(value, classmethod | staticmethod) else value
    return getattr(value, "__dict__", {}).get(mark, getattr(method, "__dict__", {}).get(mark))


def _function(model: type, name: str) -> object:
    method = getattr(model, name, None)
    return getattr(method, "__func__", method)


def _takes(model: type, name: str, count: int) -> bool:
    """Whether a method can be called with so many positional arguments; what is no plain function is believed."""
    held = next((base.__dict__[name] for base in model.__mro__ if name in base.__dict__), None)
    function = _function(model, name)
    code = getattr(function, "__code__", None)
    if code is None:
        return True
    given = count if isinstance(held, staticmethod) else count + 1
    needed = code.co_argcount - len(getattr(function, "__defaults__", None) or ())
    named = code.co_varnames[code.co_argcount : code.co_argcount + code.co_kwonlyargcount]
    is_open = all(name in (getattr(function, "__kwdefaults__", None) or {}) for name in named)
    return is_open and needed <= given and (given <= code.co_argcount or bool(code.co_flags & 0x04))


def _is_coroutine_function(model: type, name: str) -> bool:
    # As inspect.iscoroutinefunction says; that module is slow to import.
    code = getattr(_function(model, name), "__code__", None)
    return code is not None and bool(code.co_flags & 0x80)


def _returns_nothing(model: type, name: str) -> bool:
    annotations = getattr(_function(model, name), "__annotations__", {})
    return "return" in annotations and annotations["return"] in (None, "None")
