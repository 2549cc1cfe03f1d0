"""The panels below the canvas: they paint figures and ask the runner for those in sight."""
