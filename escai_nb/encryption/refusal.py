"""Every word with which a sealed thing is refused, and what the reader can do next."""

from __future__ import annotations

from escai_nb.errors import KeyUnavailableError, NewerFormatError, SealError, UnavailableError

_RESTORE = "restore it from version control"
_GO_BACK = f"{_RESTORE}, or move the file away and: escai config rollback HEAD"

HINTS = {
    "newer-format": "install a newer escai-nb",
    "key-missing": "restore the key from its backup, or ask a colleague; nothing opens without it",
    "key-wrong": "use the master key of this workspace and environment",
    "key-unknown": "get the keyring that belongs to this file, for example by git pull",
    "key-retired": "this is a file from before a key rotation: restore the present one",
    "keyring-broken": f"{_RESTORE} or a backup",
    "keyring-rolled-back": "an older keyring was put back: restore the newest, as by git pull",
    "scope-loosened": "see what differs and seal it as the policy asks: escai config accept",
    "seal-broken": "see what differs with escai config accept, or restore the file",
    "seal-malformed": _GO_BACK,
    "seal-missing": f"{_RESTORE}, or seal it with escai config accept",
    "token-broken": f"{_GO_BACK}; or write the value itself there, and: escai config accept",
    "token-moved": f"{_GO_BACK}; or write the value itself there, and: escai config accept",
    "wrap-broken": f"{_RESTORE} or a backup; a wrapped key was changed, or taken from elsewhere",
}
"""Word → next step."""
_KINDS: dict[str, type[UnavailableError]] = {"newer": NewerFormatError, "key": KeyUnavailableError}


def refusal(code: str, message: str, *, path: str = "", where: str = "") -> UnavailableError:
    """Make the error that says *code*, with its next step."""
    kind = _KINDS.get(code.split("-", maxsplit=1)[0], SealError)
    return kind(message, code=code, hint=HINTS[code], path=path, where=where)
