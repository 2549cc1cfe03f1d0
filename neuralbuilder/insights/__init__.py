"""Figures computed beside the network, as values that a user interface can paint."""
