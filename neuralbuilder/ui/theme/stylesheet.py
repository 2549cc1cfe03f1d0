"""The Qt style sheet, made from a palette. Sizes are those of the design pictures."""

from __future__ import annotations

from string import Template

from neuralbuilder.ui.theme.roles import Palette, mixed

# The pictures that the style sheet shows: file name, icon, role. The theme writes them.
ICON_FILES = {
    "down.svg": ("chevron-down", "muted"),
    "up.svg": ("chevron-up", "muted"),
    "right.svg": ("chevron-right", "muted"),
    "left.svg": ("chevron-left", "muted"),
    "check.svg": ("check", "on_accent"),
    "menu-check.svg": ("check", "text"),
    "dot.svg": ("dot", "on_accent"),
    "close.svg": ("close", "muted"),
}

_WINDOWS = """
QMainWindow, QDialog, QMessageBox { background: $window; }
QDialogButtonBox { dialogbuttonbox-buttons-have-icons: 0; }
QFileDialog { min-width: 760px; min-height: 460px; }
QLabel { background: transparent; }
QLabel[role="muted"] { color: $muted; font-size: ${small}px; }
QLabel[role="note"] { color: $muted; font-size: ${note}px; }
QLabel[role="title"] { font-size: ${title}px; font-weight: bold; }
QLabel[role="section"] { font-weight: bold; }
QLabel[role="mono"] { font-family: "DejaVu Sans Mono"; }
QLabel[role="mono-muted"] { font-family: "DejaVu Sans Mono"; font-size: ${small}px;
    color: $muted; }
QLabel[role="mono-small"] { font-family: "DejaVu Sans Mono"; font-size: ${small}px; }
QLabel[role="mono-small"][result="true"] { font-weight: bold; }
QLabel[letters="small"] { font-size: ${note}px; }
QLabel[role="good"] { color: ${good_text}; }
QLabel[role="warning"] { color: ${warning_text}; }
QLabel[role="error"] { color: ${error_text}; }
QLabel[role="small"] { font-size: ${small}px; }
QLabel[role="advice-info"] { color: ${accent_text}; font-weight: bold; font-size: ${small}px; }
QLabel[role="advice-good"] { color: ${good_text}; font-weight: bold; font-size: ${small}px; }
QLabel[role="advice-warning"] { color: ${warning_text}; font-weight: bold; font-size: ${small}px; }
QLabel[role="advice-error"] { color: ${error_text}; font-weight: bold; font-size: ${small}px; }
QFrame[role="panel"] { background: $panel; border: 1px solid $line; border-radius: 6px; }
QFrame[role="canvas"] { background: $canvas; border: 1px solid $line; border-radius: 6px; }
QFrame[role="card"] { background: $raised; border: 1px solid $line; border-radius: 6px; }
QFrame[role="line"] { background: $line; border: none; max-height: 1px; min-height: 1px; }
QFrame[role="banner"] { background: $raised; border: 1px solid $accent; border-radius: 6px; }
QFrame[role="banner"][kind="good"] { border-color: $good; }
QFrame[role="banner"][kind="warning"] { border-color: $warning; }
QFrame[role="banner"][kind="error"] { border-color: $error; }
QToolTip { background: $raised; color: $text; border: 1px solid $line; padding: 4px 6px;
    font-size: ${small}px; }
QStatusBar { background: $panel; color: $muted; border-top: 1px solid $line; }
QStatusBar::item { border: none; }
QStatusBar QLabel { color: $muted; font-size: ${small}px; }
QToolBar { background: $panel; border: none; border-bottom: 1px solid $line; spacing: 6px;
    padding: 8px 12px; }
QToolBar::separator { background: transparent; border-left: 1px solid $line; width: 6px;
    margin: 4px 0 4px 6px; }
QSplitter::handle { background: transparent; }
QSplitter::handle:hover { background: $line; }
QScrollArea, QScrollArea > QWidget > QWidget { background: transparent; border: none; }
QDockWidget { color: $text; font-weight: bold; }
QDockWidget::title { background: $panel; padding: 6px 12px; border: 1px solid $line; }
QGroupBox { border: none; margin-top: 22px; font-weight: bold; }
QGroupBox::title { subcontrol-origin: margin; left: 0; padding: 0; color: $text; }
"""

_FIELDS = """
QLineEdit, QAbstractSpinBox, QComboBox, QPlainTextEdit, QTextEdit {
    background: $canvas; color: $text; border: 1px solid $line; border-radius: 6px;
    selection-background-color: $accent; selection-color: $on_accent; }
QLineEdit { padding: 0 7px; min-height: ${field}px; }
QLineEdit[mono="true"], QPlainTextEdit[mono="true"] { font-family: "DejaVu Sans Mono"; }
QAbstractSpinBox { padding: 0 7px; min-height: ${spin_box}px; font-family: "DejaVu Sans Mono"; }
QComboBox { padding: 0 9px; min-height: ${field}px; }
QLineEdit[letters="small"] { font-size: ${small}px; }
QLineEdit[letters="smallest"] { font-size: ${note}px; }
QLineEdit:hover, QAbstractSpinBox:hover, QComboBox:hover { border-color: $zero; }
QLineEdit:focus, QAbstractSpinBox:focus, QComboBox:focus, QComboBox:on,
QPlainTextEdit:focus, QTextEdit:focus { border-color: $accent; }
QLineEdit[invalid="true"], QLineEdit[invalid="true"]:focus { border-color: $error; }
QLineEdit:read-only, QLineEdit:disabled, QAbstractSpinBox:disabled, QComboBox:disabled {
    background: $panel; color: $zero; }
QLineEdit:read-only { color: $text; }
QAbstractSpinBox::up-button, QAbstractSpinBox::down-button { width: 22px; border: none;
    background: transparent; subcontrol-origin: border; }
QAbstractSpinBox::up-button { subcontrol-position: top right; }
QAbstractSpinBox::down-button { subcontrol-position: bottom right; }
QAbstractSpinBox::up-arrow { image: url($icons/up.svg); width: 17px; height: 17px; }
QAbstractSpinBox::down-arrow { image: url($icons/down.svg); width: 17px; height: 17px; }
QComboBox::drop-down { border: none; width: 26px; subcontrol-origin: border; }
QComboBox::down-arrow { image: url($icons/down.svg); width: 20px; height: 20px; }
QComboBox QAbstractItemView { background: $panel; border: 1px solid $line; padding: 4px;
    outline: 0; selection-background-color: $hover; selection-color: $text; }
QComboBox QAbstractItemView::item { min-height: 24px; padding: 0 6px; border-radius: 4px; }
QCheckBox, QRadioButton { spacing: 8px; background: transparent; }
QCheckBox::indicator, QRadioButton::indicator { width: 14px; height: 14px;
    background: $canvas; border: 1px solid $zero; border-radius: 4px; }
QRadioButton::indicator { border-radius: 8px; }
QCheckBox::indicator:checked { background: $accent; border-color: $accent;
    image: url($icons/check.svg); }
QRadioButton::indicator:checked { background: $accent; border-color: $accent;
    image: url($icons/dot.svg); }
QCheckBox::indicator:focus, QRadioButton::indicator:focus { border-color: $text; }
QCheckBox::indicator:disabled, QRadioButton::indicator:disabled { border-color: $line; }
QSlider::groove:horizontal { height: 4px; background: $line; border-radius: 2px; }
QSlider::sub-page:horizontal { background: $accent; border-radius: 2px; }
QSlider::handle:horizontal { width: 14px; height: 14px; margin: -5px 0; border-radius: 7px;
    background: $accent; }
QSlider::handle:horizontal:focus { background: $text; }
QProgressBar { background: $raised; border: 1px solid $line; border-radius: 4px; height: 8px;
    text-align: center; color: $text; font-size: ${note}px; }
QProgressBar::chunk { background: $accent; border-radius: 3px; }
"""

_BUTTONS = """
QPushButton, QToolButton { background: $raised; color: $text; border: 1px solid $line;
    border-radius: 6px; padding: 0 13px; min-height: ${button}px; }
QPushButton:hover, QToolButton:hover { background: $hover; }
QPushButton:pressed, QToolButton:pressed { background: $line; }
QPushButton:focus, QToolButton:focus { border-color: $accent; }
QPushButton:default { border-color: $zero; }
QPushButton:disabled, QToolButton:disabled { color: $zero; background: $panel; }
QPushButton[accent="true"], QToolButton[accent="true"] { background: $accent; color: $on_accent;
    border-color: $accent; font-weight: bold; }
QPushButton[large="true"], QToolButton[large="true"] { min-height: 30px; }
QPushButton[large="true"][accent="true"] { min-height: 32px; }
QPushButton[accent="true"]:hover, QToolButton[accent="true"]:hover { background: $accent_hover; }
QPushButton[accent="true"]:pressed { background: $accent; }
QPushButton[accent="true"]:focus, QToolButton[accent="true"]:focus { border: 2px solid $text; }
QPushButton[accent="true"]:disabled { background: $line; color: $muted; border-color: $line; }
QPushButton[link="true"] { background: transparent; border: 1px solid transparent;
    color: ${accent_text}; padding: 0 3px; min-height: 18px; font-size: ${small}px;
    border-radius: 4px; }
QPushButton[link="true"]:hover { text-decoration: underline; }
QPushButton[link="true"]:focus { border-color: $accent; }
QPushButton[link="true"]:disabled { color: $zero; }
QToolButton { padding: 0; min-width: 28px; }
QToolButton:!checked:!hover:!pressed[flat="true"] { background: transparent; }
QToolButton[flat="true"] { border-color: transparent; }
QToolButton[flat="true"]:focus { border-color: $accent; }
QToolButton[small="true"] { min-width: 18px; min-height: 18px; border-radius: 4px; }
QToolButton:checked, QPushButton:checked { background: $hover; border-color: $accent; }
QToolButton::menu-indicator { image: none; }
"""

_LISTS = """
QMenuBar { background: $panel; color: $text; }
QMenuBar::item { padding: 4px 10px; background: transparent; border-radius: 4px; }
QMenuBar::item:selected { background: $hover; }
QMenu { background: $panel; border: 1px solid $line; padding: 5px; }
QMenu::item { padding: 5px 26px 5px 10px; border-radius: 4px; background: transparent; }
QMenu::item:selected { background: $hover; color: $text; }
QMenu::item:disabled { color: $zero; }
QMenu::icon { padding-left: 8px; }
QMenu::separator { height: 1px; background: $line; margin: 5px 6px; }
QMenu::indicator { width: 14px; height: 14px; left: 6px; }
QMenu::indicator:checked { image: url($icons/menu-check.svg); }
QMenu::right-arrow { image: url($icons/right.svg); width: 14px; height: 14px; }
QTabWidget::pane { border: none; border-top: 1px solid $line; }
QTabBar { background: transparent; border: none; qproperty-drawBase: 0; }
QTabBar::tab { background: transparent; color: $muted; padding: 6px 12px; border: none;
    border-bottom: 2px solid transparent; }
QTabBar::tab:hover { color: $text; }
QTabBar::tab:selected { color: $text; border-bottom-color: $accent; }
QTabBar::tab:focus { background: $raised; }
QTabBar::close-button { image: url($icons/close.svg); }
QAbstractItemView { background: $panel; alternate-background-color: $raised; outline: 0;
    border: 1px solid $line; border-radius: 6px; selection-background-color: $hover;
    selection-color: $text; }
QAbstractItemView:focus { border-color: $accent; }
QComboBox QAbstractItemView:focus { border-color: $line; }
QListView::item, QTreeView::item { padding: 4px 6px; border-radius: 4px; }
QListView::item:hover, QTreeView::item:hover { background: $raised; }
QListView::item:selected, QTreeView::item:selected, QTableView::item:selected {
    background: $hover; color: $text; }
QTableView, QTreeView { border-radius: 0; }
QTableView { gridline-color: $line; font-family: "DejaVu Sans Mono"; font-size: ${small}px; }
QHeaderView { background: $raised; border: none; }
QHeaderView::section { background: $raised; color: $muted; padding: 4px 8px; border: none;
    border-right: 1px solid $line; border-bottom: 1px solid $line; font-size: ${small}px;
    font-weight: normal; }
QTableCornerButton::section { background: $raised; border: none; }
QScrollBar:vertical { background: transparent; width: 10px; margin: 0; }
QScrollBar:horizontal { background: transparent; height: 10px; margin: 0; }
QScrollBar::handle { background: $line; border-radius: 3px; margin: 2px; }
QScrollBar::handle:vertical { min-height: 28px; }
QScrollBar::handle:horizontal { min-width: 28px; }
QScrollBar::handle:hover, QScrollBar::handle:pressed { background: $zero; }
QScrollBar::handle:disabled { background: transparent; }
QScrollBar::add-line, QScrollBar::sub-line { width: 0; height: 0; }
QScrollBar::add-page, QScrollBar::sub-page { background: transparent; }
"""

# As text these need the full contrast, see `Palette.readable`; as borders they do not.
_TEXT_ROLES = ("good", "warning", "error", "accent")

_SHEET = Template(_WINDOWS + _FIELDS + _BUTTONS + _LISTS)


def style_sheet(palette: Palette, text_scale: float, icon_folder: str) -> str:
    """The whole style sheet; `icon_folder` (with forward slashes) holds `ICON_FILES`."""
    roles = {name: value for name, value in vars(palette).items() if name != "classes"}
    grown = max(0, round(12 * (text_scale - 1)))  # larger text needs higher fields
    return _SHEET.substitute(
        roles,
        **{f"{role}_text": palette.readable(role) for role in _TEXT_ROLES},
        hover=mixed(palette.raised, palette.accent, 0.14),
        accent_hover=mixed(palette.accent, palette.text, 0.12),
        icons=icon_folder,
        field=26 + grown,
        spin_box=23 + grown,
        button=28 + grown,
        note=round(10 * text_scale),
        small=round(11 * text_scale),
        title=round(13 * text_scale),
    )
