"""The operator's API of collective self-consumption: what is asked, sent, kept and replied."""
