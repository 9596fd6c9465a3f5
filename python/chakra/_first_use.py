"""The first use of a model: when mistakes in its definition are told, because only then are all models known."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chakra.checks import definition_error

if TYPE_CHECKING:
    from chakra.declaration import Declaration

__all__ = ["FirstUse"]


class FirstUse:
    """Stands in a model's class for `__chakra_model__`, `objects` and `all_objects` until one of them is asked for.

    Then the definition is judged together with those of the other models. A sound model gets them as plain class
    attributes, so that later uses pay nothing; a broken one goes on raising what is wrong with it.
    """

    __slots__ = ("name",)

    def __init__(self, name: str) -> None:
        self.name = name

    def __get__(self, instance: object, owner: Any) -> Any:
        declaration: Declaration = owner.__chakra_declaration__
        declaration.complete()
        faults = declaration.find_faults()
        if faults:
            raise definition_error(faults)
        makers = {
            "__chakra_model__": lambda: declaration.info,
            "objects": declaration.make_objects,
            "all_objects": declaration.make_all_objects,
        }
        for attribute, make in makers.items():
            if isinstance(owner.__dict__.get(attribute), FirstUse):
                type.__setattr__(owner, attribute, make())
        return getattr(owner, self.name)
