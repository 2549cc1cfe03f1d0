"""The data section of the window, and the import of tables."""

from neuralbuilder.ui.data_panel.csv_dialog import CsvImportDialog
from neuralbuilder.ui.data_panel.csv_import import (
    can_paste_table,
    edit_csv,
    import_csv,
    paste_table,
)
from neuralbuilder.ui.data_panel.importing import find_data, import_data, import_folder
from neuralbuilder.ui.data_panel.panel import DataPanel

__all__ = [
    "CsvImportDialog",
    "DataPanel",
    "can_paste_table",
    "edit_csv",
    "find_data",
    "import_csv",
    "import_data",
    "import_folder",
    "paste_table",
]
