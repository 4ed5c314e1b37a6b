"""The JSON Schemas of an operation's files, as package data of mitoyen.schemas."""
