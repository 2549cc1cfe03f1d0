"""The colour roles of the interface and their two sets of values. No Qt here."""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import lru_cache

# Okabe & Ito, "Color Universal Design" (2008): eight colours that stay apart for
# colour-blind people. Grey stands for their black, which no dark window can show.
OKABE_ITO = (
    "#0072b2",
    "#e69f00",
    "#009e73",
    "#cc79a7",
    "#56b4e9",
    "#d55e00",
    "#f0e442",
    "#999999",
)

READABLE = 4.5
"""The contrast WCAG 2.2 asks of text (level AA)."""


@dataclass(frozen=True)
class Palette:
    """One value, `#rrggbb`, for every role. Code names roles; only this module names colours."""

    name: str
    window: str
    panel: str
    raised: str
    line: str
    canvas: str
    text: str
    muted: str
    accent: str
    on_accent: str
    positive: str
    negative: str
    zero: str
    good: str
    warning: str
    error: str
    classes: tuple[str, ...] = OKABE_ITO

    @property
    def is_dark(self) -> bool:
        """Whether text is lighter than the window."""
        return luminance(self.text) > luminance(self.window)

    def value(self, role: str) -> str:
        """The colour of a role, as `#rrggbb`; `class 3` is the colour of the fourth class.

        Raises KeyError for an unknown role.
        """
        if role.startswith("class "):
            return self.class_value(int(role.removeprefix("class ")))
        if role not in ROLES:
            raise KeyError(f"There is no colour role {role!r}. Roles: {', '.join(ROLES)}.")
        return str(getattr(self, role))

    def class_value(self, index: int) -> str:
        """The colour of class `index`; the colours start again after the last one."""
        return self.classes[index % len(self.classes)]

    def readable(self, role: str, background: str = "") -> str:
        """The colour of `role` for text: moved towards the text colour until it can be read.

        `background` is a role; without it the text may stand on any of `SURFACES`. Most roles
        stay as they are. Weight and class colours are chosen for lines and areas, and light
        warnings are a trace too pale outside panels.
        """
        surfaces = (background,) if background else SURFACES
        return _readable(self.value(role), tuple(map(self.value, surfaces)), self.text)


SURFACES = ("window", "panel", "raised", "canvas")
"""The roles that text stands on."""

ROLES = tuple(field.name for field in fields(Palette) if field.name not in ("name", "classes"))

DARK = Palette(
    name="dark",
    window="#14161b",
    panel="#1b1e25",
    raised="#232730",
    line="#30353f",
    canvas="#171a20",
    text="#e8eaee",
    muted="#98a1ae",
    accent="#5aa9ff",
    on_accent="#14161b",
    positive="#4ea1ff",
    negative="#ff9d45",
    zero="#7b8390",
    good="#4cc38a",
    warning="#e5b567",
    error="#ff7b72",
)

LIGHT = Palette(
    name="light",
    window="#eef0f3",
    panel="#ffffff",
    raised="#f4f6f8",
    line="#d9dee5",
    canvas="#fafbfc",
    text="#1b2027",
    muted="#5d6673",
    accent="#0b6bd3",
    on_accent="#ffffff",
    positive="#0b6bd3",
    negative="#d9730d",
    zero="#8a929d",
    good="#17804f",
    warning="#9a6700",
    error="#c4302b",
)


def channels(colour: str) -> tuple[int, int, int]:
    """Red, green and blue of `#rrggbb`, each 0 to 255."""
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def luminance(colour: str) -> float:
    """Relative luminance of `#rrggbb`, 0 to 1 (WCAG 2.2)."""
    red, green, blue = (_linear(channel / 255) for channel in channels(colour))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(first: str, second: str) -> float:
    """Contrast ratio of two colours, 1 to 21 (WCAG 2.2)."""
    darker, lighter = sorted((luminance(first), luminance(second)))
    return (lighter + 0.05) / (darker + 0.05)


def mixed(first: str, second: str, share: float) -> str:
    """The colour `share` (0 to 1) of the way from `first` to `second`."""
    pairs = zip(channels(first), channels(second), strict=True)
    return "#" + "".join(f"{round(a + (b - a) * share):02x}" for a, b in pairs)


def _linear(channel: float) -> float:
    return channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4


@lru_cache(maxsize=256)
def _readable(colour: str, backgrounds: tuple[str, ...], text: str) -> str:
    for step in range(41):
        candidate = mixed(colour, text, step / 40)
        if all(contrast(candidate, background) >= READABLE for background in backgrounds):
            return candidate
    return text
