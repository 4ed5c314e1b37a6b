"""``python -m mitoyen``."""

from mitoyen.cli import main

main()
