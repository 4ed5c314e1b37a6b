"""What sources that read meter files share: text, times, numbers and their faults, and curves of many files merged.

A source keeps what is of its own form (which column is what, which tag); from there on the way is one: cells become
seconds and integers, seconds become steps of a clock, and every cell is taken or left for a reason that is said.
"""
