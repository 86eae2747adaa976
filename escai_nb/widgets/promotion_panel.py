"""PromotionPanel: what a promotion would do, its conflicts decided, then done."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from ipywidgets import HTML, Checkbox, Dropdown, Text

from escai_nb.display import renderer
from escai_nb.errors import PlanRefusedError
from escai_nb.safefile import read_private
from escai_nb.views.sheet import Tone, counted
from escai_nb.widgets.following import follow
from escai_nb.widgets.panel import COMPACT, Panel, drawn, row, table
from escai_nb.widgets.screen import plan_on_screen
from escai_nb.workspace.approving import approve, read_approval, require_approved, write_approval
from escai_nb.workspace.layout import Workspace
from escai_nb.workspace.promotion import apply_promotion, plan_promotion

if TYPE_CHECKING:
    from collections.abc import Sequence

    from escai_nb.advance import Advance
    from escai_nb.audit.approval import Approval
    from escai_nb.history.version import Version
    from escai_nb.spec import ConfigSpec
    from escai_nb.workspace.merging.promotion_plan import PromotionPlan, Side
    from escai_nb.workspace.reader import ConfigReader


class PromotionPanel(Panel):
    """
    A promotion from one environment to the next.

    Args:
        root: The workspace's folder, or the workspace.

        source: Environment that values come from.

        target: Environment that values go to.

        only: Key paths that the promotion is limited to.

        follows: Managers of the two ends; the live side plans again with each
            change of theirs.

    Attributes:
        plan: What would be done, with the decisions made so far.

        approvals: Those that were given or taken here.
    """

    def __init__(
        self,
        root: str | Path | Workspace,
        source: str,
        target: str,
        *,
        spec: ConfigSpec | None = None,
        only: Sequence[str] = (),
        follows: Sequence[ConfigReader] = (),
    ) -> None:
        self._workspace = root if isinstance(root, Workspace) else Workspace.at(root, spec)
        self._ends = (source, target)
        self._only = tuple(only)
        self._decided: dict[str, Side] = {}
        self._everything = False
        self.approvals: tuple[Approval, ...] = ()
        self.plan = self._planned(self._decided)
        super().__init__()
        ends = [follow(manager, self._follow) for manager in follows if self.live]
        self._unfollow = lambda: [end() for end in ends]

    # the same things in Python

    def refresh(self) -> None:
        """Plan again with the decisions made so far, and show the plan."""
        self.plan = self._planned(self._decided)
        self._show()

    def decide(self, path: str, side: Side) -> PromotionPlan:
        """
        Take the ``source``'s or the ``target``'s value at *path*; return the new plan.

        Raises:
            UsageError: If there is nothing to decide at *path*.
        """
        decided = {**self._decided, path: side}
        self.plan = self._planned(decided)
        self._decided = decided
        self._show()
        return self.plan

    def show_what_stays(self, *, shown: bool = True) -> None:
        """Show, or no longer, also the differences that the plan leaves as they are."""
        self._everything = shown
        self._show()

    @property
    def approved(self) -> bool:
        """Tell that the policy asks for no approval of this plan, or that it has them all."""
        try:
            require_approved(self._workspace, self.plan, self.approvals)
        except PlanRefusedError:
            return False
        return True

    def approve(
        self, key: str | Path, *, output: str | Path | None = None, reason: str = ""
    ) -> Approval:
        """
        Say yes to the plan with the private key in the file *key*; somebody else applies it.

        With *output* the approval is written to that new file, for who does.

        Raises:
            EscaiError: If the policy asks for no approval, or not for this person's, or
                *key* is not the one that it names.
        """
        given = approve(self._workspace, self.plan, read_private(Path(key)), reason=reason)
        if output is not None:
            write_approval(Path(output), given)
        self._take(given)
        return given

    def take_approval(self, file: str | Path) -> Approval:
        """
        Count the approval in *file*, which somebody else has given.

        Raises:
            EscaiError: If there is none in it.
        """
        given = read_approval(Path(file))
        self._take(given)
        return given

    def _take(self, approval: Approval) -> None:
        self.approvals = (*self.approvals, approval)
        self._show()

    def apply(self, message: str = "", *, approvals: Sequence[Approval] = ()) -> Version | None:
        """
        Do what the plan says, as one version of the target.

        *approvals* are added to those of the panel.

        Raises:
            PlanRefusedError: If conflicts are open, it would bring an error, it lacks
                *approvals* that the policy asks for, or the world is no longer the
                planned one.
        """
        return self._applied(self._promoted(message, approvals))

    def _promoted(
        self, message: str, approvals: Sequence[Approval] = (), advance: Advance | None = None
    ) -> Version | None:
        return apply_promotion(
            self._workspace,
            self.plan,
            message=message,
            approvals=(*self.approvals, *approvals),
            advance=advance,
        )

    def _applied(self, version: Version | None) -> Version | None:
        self._decided, self.approvals = {}, ()
        self.refresh()
        made = f" as version {version.short}" if version is not None else ""
        self.say(f"Promoted {self._ends[0]} to {self._ends[1]}{made}.", Tone.GOOD)
        return version

    def _planned(self, decided: dict[str, Side]) -> PromotionPlan:
        return plan_promotion(self._workspace, *self._ends, only=self._only, take=decided)

    @property
    def summary(self) -> str:
        """The plan in one line."""
        text: str = self.plan.to_sheet().summary
        return text

    def to_html(self) -> str:
        """Return what the panel shows as a table; ``plan.to_html()`` has every difference."""
        html: str = renderer("html")(plan_on_screen(self.plan, everything=self._everything))
        return html

    # the live side

    def build(self) -> tuple[Any, ...]:
        """Make the decision on conflicts, the application, and the table."""
        source, target = self._ends
        self._conflict = Dropdown(description="Conflict", **COMPACT)
        self._deciding = row(
            self._conflict,
            self.button(f"Take {source}'s", lambda: self.decide(self._conflict.value, "source")),
            self.button(f"Keep {target}'s", lambda: self.decide(self._conflict.value, "target")),
        )
        self._message = Text(description="Message", placeholder="of the version", **COMPACT)
        self._staying = self.on_change(
            Checkbox(description="show what stays too", indent=False, **COMPACT),
            lambda: self.show_what_stays(shown=self._staying.value),
        )
        self._applying = self.button("Apply", self._apply, style="primary")
        self._table = table()
        self._refreshing = self.button("Refresh", self.refresh)
        self._approving = row()
        controls = row(self._message, self._applying, self._staying, self._refreshing)
        return self._deciding, self._approving, controls, self._table

    def _approvers(self) -> tuple[Any, ...]:
        """Make what few workspaces need."""
        self._file = Text(description="File", placeholder="of a key or an approval", **COMPACT)
        return (
            HTML("The policy asks for an approval by somebody else:"),
            self._file,
            self.button("Approve with this key", self._approve),
            self.button("Take this approval", lambda: self.take_approval(self._file.value)),
        )

    def _approve(self) -> None:
        output = f"approval-{self.plan.hash[:12]}.json"
        given = self.approve(self._file.value, output=output)
        said = f"{given.by} approves until {given.until}. Give {output} to who applies the plan."
        self.say(said, Tone.GOOD)

    def _apply(self) -> None:
        message = self._message.value

        def applied(version: Version | None) -> None:
            self._message.value = ""
            self._applied(version)

        self.work("Promoting", lambda advance: self._promoted(message, (), advance), applied)
        self._refreshing.focus()  # as the button that has it goes away

    def _show(self) -> None:
        if not self.live:
            return
        conflicts = [conflict.path for conflict in self.plan.conflicts]
        self._conflict.options = conflicts
        self._deciding.layout.display = "" if conflicts else "none"
        changes = counted(len(self.plan.changes), "change")
        moves = bool(self.plan.changes)
        approved = not moves or self.approved
        self._message.layout.display = self._applying.layout.display = "" if moves else "none"
        self._applying.disabled = not (self.plan.applicable and approved)
        self._approving.layout.display = "none" if approved else ""
        if not (approved or self._approving.children):
            self._approving.children = self._approvers()
        self._applying.description = f"Apply {changes} to {self._ends[1]}"
        self._staying.value = self._everything
        self._table.value = drawn(plan_on_screen(self.plan, everything=self._everything))
