"""The three kinds of wrong, told apart once for the whole program.

A `Problem` is a value: something the user is still building does not fit together yet. It is
shown on the layer it belongs to and never raised. A `UserError` is raised when something that was
asked for cannot be done (a file cannot be read, a text cannot be parsed); it carries one sentence
and the next step. Everything else is a bug and keeps its own exception type.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

Severity = Literal["error", "warning", "advice"]


@dataclass(frozen=True)
class Fix:
    """A one-click remedy: the settings of the layer `node`, and those of the training plan, that
    would remove the problem.

    `insert` is the name of a layer that goes, with these settings, between `node` and what it
    reads. `move` holds the ids of layers that go, in this order, right before `node`; `remove`
    those of layers that are taken away.
    """

    label: str
    settings: tuple[tuple[str, object], ...] = ()
    node: str = ""
    plan: tuple[tuple[str, object], ...] = ()
    insert: str = ""
    move: tuple[str, ...] = ()
    remove: tuple[str, ...] = ()


@dataclass(frozen=True)
class Problem:
    """Something about the design that does not fit yet.

    An ``error`` prevents training, a ``warning`` does not, ``advice`` explains a better choice.
    `node` is the id of the layer it belongs to, "" for the whole project; `setting` names the
    setting at fault. `fix` is the remedy that is offered first, `others` may help as well.
    """

    message: str
    hint: str = ""
    node: str = ""
    setting: str = ""
    severity: Severity = "error"
    fix: Fix | None = None
    others: tuple[Fix, ...] = ()

    @property
    def fixes(self) -> tuple[Fix, ...]:
        """All remedies, the first one first."""
        return (() if self.fix is None else (self.fix,)) + self.others

    def at(self, node: str) -> Problem:
        """The same problem, placed on the layer with this id."""
        fixes = tuple(fix if fix.node else replace(fix, node=node) for fix in self.fixes)
        return replace(self, node=node, fix=fixes[0] if fixes else None, others=fixes[1:])

    @property
    def confirms(self) -> bool:
        """Whether it says that something is right: advice that asks for nothing."""
        return self.severity == "advice" and not self.hint and self.fix is None

    def __str__(self) -> str:
        return f"{self.message} {self.hint}".strip()


class UserError(Exception):
    """Something asked for could not be done; `message` says what and where, `hint` what next."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(f"{message} {hint}".strip())
        self.message = message
        self.hint = hint


class SettingError(UserError, ValueError):
    """A setting has a value outside what it allows."""

    def __init__(self, setting: str, message: str, hint: str = "") -> None:
        super().__init__(message, hint)
        self.setting = setting

    def __reduce__(self) -> tuple[type[SettingError], tuple[str, str, str]]:
        return SettingError, (self.setting, self.message, self.hint)
