"""Loading what objects are related to when it is asked for."""

from __future__ import annotations

from typing import Any

from chakra import _chakra
from chakra.exceptions import NotLoadedError

__all__ = ["LoadedLater", "load", "load_sync", "teach"]


class LoadedLater:
    """What stands under a relationship's name before and after it is loaded: a collection."""

    __slots__ = ()

    @property
    def is_loaded(self) -> bool:
        """Whether its objects are in memory."""
        raise NotImplementedError


_ABSENT: Any = object()


async def load(owner: Any, name: str) -> Any:
    """What an object is related to, read where it is not loaded. Siblings that ask at once share one statement."""
    import asyncio  # which takes long to import, and is there where it is awaited

    # Another transaction may see other rows, and may be one whose end this one waits for.
    key = (name, asyncio.get_running_loop(), _chakra.current_scope.get(None))
    while (held := _held(owner, name)) is _ABSENT:
        loads = _chakra.loads_of_siblings(owner)
        if loads is None:
            return await _chakra.load_related(owner, name, False)
        others = loads.get(key)
        if others is None:
            done = loads[key] = asyncio.Event()
            try:
                return await _chakra.load_related(owner, name, False)
            finally:
                # However it ended: those who wait see for themselves what is loaded now.
                del loads[key]
                done.set()
        await others.wait()
    return held


def load_sync(owner: Any, name: str) -> Any:
    held = _held(owner, name)
    return _chakra.load_related(owner, name, True) if held is _ABSENT else held


def _held(owner: Any, name: str) -> Any:
    held = owner.__dict__.get(name, _ABSENT)
    return _ABSENT if isinstance(held, LoadedLater) and not held.is_loaded else held


def teach(owner: Any, name: str, what: str) -> NotLoadedError:
    model = type(owner).__name__
    asked = f"{model.lower()}.{name}"
    loading = "select_related" if what == "object" else "prefetch_related"
    return NotLoadedError(
        f"{model}.{name} is not loaded, and reading it would be hidden I/O. Load it with its query, "
        f'{model}.objects.{loading}("{name}"); or here, `await {asked}`; or in blocking code, '
        f"{asked}.load_sync(). {model}.{name}.load({model.lower()}) takes what is loaded too, and suits gather"
    )
