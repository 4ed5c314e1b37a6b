"""From a settled month to invoices: what is due, less what was billed before.

    unit + parties --drafts--> invoices without a number --due--> what differs from the register
                                                                        |
                       closing: everything that must hold first --> issuing: numbers, bytes, manifest

A bill is a difference. What was billed for a month is the sum of its lines in the register, credit notes negative;
where that is what is due, nothing is written, whoever asks and however often. Where it is not, a credit note takes
all of it back and a new invoice follows, or, below the amount the co-operative chose, the difference is put on the
next invoice.
"""
