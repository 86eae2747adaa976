"""Keys as rows: which there are, in what state, and where their master key lies."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from escai_nb.encryption.keyring import KeyState
from escai_nb.views.sheet import Column, Sheet, Tone, counted

if TYPE_CHECKING:
    from escai_nb.workspace.access.key_list import Keys

COLUMNS = (
    Column("kid", "Key", "code"),
    Column("environment", "Environment"),
    Column("generation", "Generation", "number"),
    Column("state", "State", "badge", tuple(state.value for state in KeyState)),
    Column("created", "Made", "time"),
    Column("age", "Days", "number"),
    Column("recipients", "Opened by", "code"),
    Column("master_key", "Master key", "path"),
    Column("present", "Is here", "flag"),
)


def keys_sheet(keys: Keys) -> Sheet:
    """Lay out *keys* as they come, newest first within each environment; never their material."""
    rows = keys.rows
    environments = dict.fromkeys(row.environment for row in rows)
    return Sheet(
        caption="Keys",
        columns=COLUMNS,
        rows=tuple(
            (
                row.entry.kid,
                row.environment,
                row.entry.generation,
                row.entry.state.value,
                row.entry.created,
                row.age,
                ", ".join(row.recipients),
                str(row.key_file),
                row.present,
            )
            for row in rows
        ),
        tones=tuple(tone_of(row.entry.state) for row in rows),
        summary=f"{counted(len(rows), 'key')} of {', '.join(environments) or 'no environment'}",
        empty="no environment has a keyring yet; init and encrypt make one.",
        notes=tuple(
            f"The master key of {environment} is not on this machine."
            for environment in environments
            if not all(row.present for row in rows if row.environment == environment)
        ),
        index="kid",
    )


def tone_of(state: KeyState) -> Tone:
    """Name the tone of a key."""
    match state:
        case KeyState.PRIMARY:
            return Tone.GOOD
        case KeyState.DECRYPT_ONLY:
            return Tone.CALM
        case KeyState.RETIRED:
            return Tone.NEUTRAL
        case KeyState.DESTROYED:
            return Tone.DANGER
        case _:
            assert_never(state)
