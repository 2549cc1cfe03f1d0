"""The theme of the running program: which palette is used, its colours, fonts and icons."""

from __future__ import annotations

import weakref
from collections.abc import Callable

import shiboken6
from PySide6.QtCore import QDir, QObject, Qt, QTemporaryDir, Signal
from PySide6.QtGui import QColor, QFont, QFontDatabase, QGuiApplication, QIcon, QPalette
from PySide6.QtWidgets import QApplication

from neuralbuilder.assets import resource
from neuralbuilder.ui.theme.icons import make_icon, recoloured
from neuralbuilder.ui.theme.roles import DARK, LIGHT, Palette
from neuralbuilder.ui.theme.stylesheet import ICON_FILES, style_sheet

MODES = ("dark", "light", "system")

SANS = ["DejaVu Sans", "Noto Sans", "Segoe UI", "Helvetica Neue"]
MONO = ["DejaVu Sans Mono", "Noto Sans Mono", "Consolas", "Menlo"]
FONT_FILES = ("DejaVuSans", "DejaVuSans-Bold", "DejaVuSansMono", "DejaVuSansMono-Bold")

# kind: (families, bold, size in pixels at text scale 1)
FONTS: dict[str, tuple[list[str], bool, int]] = {
    "ui": (SANS, False, 12),
    "bold": (SANS, True, 12),
    "title": (SANS, True, 13),
    "small": (SANS, False, 11),
    "note": (SANS, False, 10),
    "mono": (MONO, False, 12),
    "mono_bold": (MONO, True, 12),
    "mono_less": (MONO, False, 11),
    "mono_small": (MONO, False, 10),
}


class Theme(QObject):
    """Colours by role, fonts by kind and icons by name; `changed` says that they are others now.

    Widgets that paint themselves read it while they paint and repaint on `changed`.
    """

    changed = Signal()

    def __init__(self, mode: str = "dark") -> None:
        super().__init__()
        self._mode = _checked_mode(mode)
        self._palette = DARK
        self._text_scale = 1.0
        self._application: QApplication | None = None
        self._icons: dict[tuple[str, str], QIcon] = {}
        self._icon_folder: QTemporaryDir | None = None
        self._bound_icons: list[tuple[weakref.ref[QObject], str, str]] = []
        self.reduced_motion = False
        self._follow()

    @property
    def mode(self) -> str:
        """What the user chose: `dark`, `light` or `system`."""
        return self._mode

    @property
    def palette(self) -> Palette:
        """The colours in use now."""
        return self._palette

    @property
    def is_dark(self) -> bool:
        """Whether the colours in use now are dark ones."""
        return self._palette.is_dark

    @property
    def text_scale(self) -> float:
        """The factor on all font sizes."""
        return self._text_scale

    def set_mode(self, mode: str) -> None:
        """Use the dark or light colours, or those of the system. Raises ValueError otherwise."""
        self._mode = _checked_mode(mode)
        self._tell_system()
        self._follow()

    def set_text_scale(self, factor: float) -> None:
        """Multiply all font sizes; limited to 0.8 to 2."""
        factor = min(max(factor, 0.8), 2.0)
        if factor != self._text_scale:
            self._text_scale = factor
            self._refresh()

    def color(self, role: str, alpha: float = 1.0) -> QColor:
        """The colour of a role, `alpha` from 0 (clear) to 1. `class 3` is the fourth class."""
        color = QColor(self._palette.value(role))
        color.setAlphaF(alpha)
        return color

    def readable(self, role: str, background: str = "") -> QColor:
        """The colour of a role for text, readable on a background role or on every one."""
        return QColor(self._palette.readable(role, background))

    def font(self, kind: str = "ui", size: float | None = None) -> QFont:
        """A font of the interface: a key of `FONTS`, with another size in pixels if given."""
        families, bold, usual = FONTS[kind]
        font = QFont()
        font.setFamilies(families)
        font.setPixelSize(max(1, round((usual if size is None else size) * self._text_scale)))
        font.setBold(bold)
        return font

    def icon(self, name: str, role: str = "text") -> QIcon:
        """The icon `resources/icons/<name>.svg` in the colour of a role."""
        key = (name, role)
        if key not in self._icons:
            self._icons[key] = make_icon(name, role, self._palette)
        return self._icons[key]

    def bind_icon(self, target: QObject, name: str, role: str = "text") -> None:
        """Give a button or action an icon that follows the theme as long as the target lives."""
        self._bound_icons = [
            entry for entry in self._bound_icons if _alive(entry[0]) not in (None, target)
        ]
        self._bound_icons.append((weakref.ref(target), name, role))
        target.setIcon(self.icon(name, role))  # type: ignore[attr-defined]

    def apply(self, app: QApplication) -> None:
        """Register the fonts and give the application this theme, now and after every change."""
        if self._application is None:
            for name in FONT_FILES:
                QFontDatabase.addApplicationFont(str(resource("fonts", f"{name}.ttf")))
            app.setStyle("Fusion")
            app.styleHints().colorSchemeChanged.connect(self._follow)
        self._application = app
        app.setWindowIcon(self.icon("neuralbuilder"))
        self._tell_system()
        self._follow()
        self._dress()

    def _follow(self) -> None:
        palette = {"dark": DARK, "light": LIGHT}.get(self._mode) or system_palette()
        if palette is not self._palette:
            self._palette = palette
            self._refresh()

    def _refresh(self) -> None:
        self._icons.clear()
        self._dress()
        living = [(entry, target) for entry in self._bound_icons if (target := _alive(entry[0]))]
        self._bound_icons = [entry for entry, _ in living]
        for (_, name, role), target in living:
            target.setIcon(self.icon(name, role))  # type: ignore[attr-defined]
        self.changed.emit()

    def _dress(self) -> None:
        if self._application is None or not shiboken6.isValid(self._application):
            return
        self._application.setPalette(qt_palette(self._palette))
        self._application.setFont(self.font("ui"))
        self._application.setStyleSheet(
            style_sheet(self._palette, self._text_scale, self._write_icons())
        )

    def _write_icons(self) -> str:
        """Write the icons that the style sheet shows; it can name files only. Their folder."""
        folder = QTemporaryDir()
        for file_name, (icon, role) in ICON_FILES.items():
            with open(folder.filePath(file_name), "wb") as file:
                file.write(recoloured(icon, self._palette.value(role)))
        # A new folder each time: Qt caches pictures by path. The old one goes with its object.
        self._icon_folder = folder
        return QDir.fromNativeSeparators(folder.path())

    def _tell_system(self) -> None:
        """Ask the system for title bars and file dialogs in the same scheme."""
        if self._application is None:
            return
        schemes = {"dark": Qt.ColorScheme.Dark, "light": Qt.ColorScheme.Light}
        scheme = schemes.get(self._mode, Qt.ColorScheme.Unknown)
        self._application.styleHints().setColorScheme(scheme)


def system_palette() -> Palette:
    """The colours that fit the system's scheme; dark where the system does not say."""
    hints = QGuiApplication.styleHints() if QGuiApplication.instance() else None
    is_light = hints is not None and hints.colorScheme() == Qt.ColorScheme.Light
    return LIGHT if is_light else DARK


def qt_palette(palette: Palette) -> QPalette:
    """Our roles in Qt's terms, for what the style sheet does not reach."""
    role = QPalette.ColorRole
    values = {
        role.Window: palette.window,
        role.Base: palette.canvas,
        role.AlternateBase: palette.raised,
        role.Button: palette.raised,
        role.ToolTipBase: palette.raised,
        role.WindowText: palette.text,
        role.Text: palette.text,
        role.ButtonText: palette.text,
        role.ToolTipText: palette.text,
        role.BrightText: palette.error,
        role.PlaceholderText: palette.muted,
        role.Highlight: palette.accent,
        role.HighlightedText: palette.on_accent,
        role.Link: palette.accent,
        role.LinkVisited: palette.accent,
        role.Light: palette.raised,
        role.Midlight: palette.line,
        role.Mid: palette.line,
        role.Dark: palette.line,
        role.Shadow: palette.window,
        role.Accent: palette.accent,
    }
    result = QPalette()
    for name, colour in values.items():
        result.setColor(name, QColor(colour))
    for name in (role.WindowText, role.Text, role.ButtonText):
        result.setColor(QPalette.ColorGroup.Disabled, name, QColor(palette.zero))
    return result


_current: Theme | None = None


def current() -> Theme:
    """The theme of this program. A widget made before `install` sees the dark one."""
    global _current
    if _current is None:
        _current = Theme()
    return _current


def install(app: QApplication, mode: str = "system") -> Theme:
    """Give the application its theme; called once when the program starts."""
    theme = current()
    theme.set_mode(mode)
    theme.apply(app)
    return theme


def follow(repaint: Callable[[], None]) -> None:
    """Call a bound method of a widget after every change of the theme."""
    current().changed.connect(repaint)


def _checked_mode(mode: str) -> str:
    if mode not in MODES:
        raise ValueError(f"The theme mode is one of {', '.join(MODES)}, not {mode!r}.")
    return mode


def _alive(reference: weakref.ref[QObject]) -> QObject | None:
    target = reference()
    return target if target is not None and shiboken6.isValid(target) else None
