"""E-invoices: CII, UBL and Factur-X, written and held against the official rules and our own arithmetic."""
