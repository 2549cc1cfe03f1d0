"""From a file, or what was pasted, to the columns of a `Table`: containers, layouts, cells.

Nothing here knows what a column means.
"""
