"""Tables of the user's own: what their columns mean, and how they become samples.

`reading` gets them out of files; here it is decided what a cell stands for.
"""
