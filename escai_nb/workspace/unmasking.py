"""What each mask in values that come back stands for: the secret that is here already."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from escai_nb import keypath
from escai_nb.digest import canonical_bytes
from escai_nb.errors import ValueRefusedError
from escai_nb.masking import mask_leaves, uri_passwords
from escai_nb.secret import MASK, Secret, reveal

if TYPE_CHECKING:
    from collections.abc import Sequence

    from escai_nb.keypath import Path as KeyPath

NOTHING = object()
"""Where no value is in effect."""
_UNCLEAR = object()
"""Where one of several could be meant."""


def unmasked(value: Any, present: Any, path: KeyPath) -> Any:  # noqa: ANN401  # any tree
    """
    Return *value* with what each mask in it stands for in *present*, both concealed.

    Items of a list are known again by all of them that is not masked, wherever
    they stand now; only in a list whose items all kept their place may an item
    with a mask differ in something else.

    Raises:
        ValueRefusedError: By path, if a mask stands where there is no value, or
            where it could mean more than one.
    """
    if isinstance(value, list):
        held = _partners(value, present) if isinstance(present, list) else [NOTHING] * len(value)
        return [
            unmasked(item, partner, (*path, at))
            for at, (item, partner) in enumerate(zip(value, held, strict=True))
        ]
    if isinstance(value, dict):
        held_in = present if isinstance(present, dict) else {}
        missing = present if present is _UNCLEAR else NOTHING
        return {
            key: unmasked(item, held_in.get(key, missing), (*path, key))
            for key, item in value.items()
        }
    text = value.open() if isinstance(value, Secret) else value
    if not isinstance(text, str) or MASK not in text:
        return value
    found = _meant(text, present)
    is_unclear = present is _UNCLEAR
    if found is NOTHING:
        value = present = text = None  # a traceback that shows locals shows nothing of it
        raise _refused(path, is_unclear=is_unclear)
    return found


def _meant(text: str, present: Any) -> Any:  # noqa: ANN401  # any tree
    """Return what *text*, in which a mask stands, means where *present* is in effect."""
    if present is NOTHING or present is _UNCLEAR:
        return NOTHING
    is_known = reveal(present)
    if is_known is None:
        return NOTHING
    if text in (MASK, is_known):
        return present
    passwords = uri_passwords(is_known) if isinstance(is_known, str) else []
    masks = [MASK] * len(passwords)
    if not masks or uri_passwords(text) != masks or text.count(MASK) != len(masks):
        return NOTHING
    for password in passwords:
        text = text.replace(MASK, password, 1)
    return Secret(text) if isinstance(present, Secret) else text


def _refused(path: KeyPath, *, is_unclear: bool) -> ValueRefusedError:
    name = keypath.render(path)
    reason = "there is no value here that the mask could stand for"
    hint = "write the value, leave it out, or export with --reveal"
    if is_unclear:
        reason = "items of its list came, went or moved, so more than one could be meant"
        hint = "write the values of that list, or export with --reveal"
    return ValueRefusedError(f"{name} is masked, and {reason}", path=name, hint=hint)


def _partners(given: Sequence[Any], held: Sequence[Any]) -> list[Any]:
    """Find for each item of *given* the one of *held* whose secrets its masks stand for."""
    looks = [canonical_bytes(reveal(item)) for item in given]
    known = [canonical_bytes(mask_leaves(item, lambda _: False)) for item in held]
    found, unclear = _known_again(looks, known)
    stayed = len(given) >= len(held) and not unclear and all(at == to for at, to in found.items())
    taken = set(found.values())
    partners = []
    for at in range(len(given)):
        if at in found:
            partners.append(held[found[at]])
        elif stayed:
            partners.append(held[at] if at < len(held) and at not in taken else NOTHING)
        else:
            partners.append(_UNCLEAR)
    return partners


def _known_again(looks: list[bytes], known: list[bytes]) -> tuple[dict[int, int], set[int]]:
    """Pair places of equal *looks*, in order; return also those that could be several."""
    found: dict[int, int] = {}
    if len(looks) == len(known):
        found = {at: at for at, look in enumerate(looks) if look == known[at]}
    free: dict[bytes, list[int]] = defaultdict(list)
    for at, look in enumerate(known):
        if at not in found:
            free[look].append(at)
    waiting: dict[bytes, list[int]] = defaultdict(list)
    for at, look in enumerate(looks):
        if at not in found and look in free:
            waiting[look].append(at)
    unclear: set[int] = set()
    for look, places in waiting.items():
        if len(places) == len(free[look]):
            found.update(zip(places, free[look], strict=True))
        else:
            unclear.update(places)
    return found, unclear
