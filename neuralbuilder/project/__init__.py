"""The document: one immutable value, its edits, checks, history, files and text form."""
