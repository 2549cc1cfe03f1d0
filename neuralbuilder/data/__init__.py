"""Datasets, readers, splits and preprocessing; no knowledge of networks or windows."""
