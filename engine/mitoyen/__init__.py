"""mitoyen: share local solar electricity between neighbours, price it, and keep an honest history."""

__version__ = "0.1.0"
