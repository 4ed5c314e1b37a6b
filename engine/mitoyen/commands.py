"""The commands that come with mitoyen, each with its line in `mitoyen --help`: names that no plugin can take."""

COMMANDS = {
    "new": "scaffold an operation",
    "check": "schemas, cross-file checks, law, privacy",
    "fetch": "read a month of meter data and freeze it",
    "plan": "what a change would do: before, after, difference, and why",
    "settle": "recompute what changed, write draft manifests",
    "compare": "our shares against those the grid operator published, and why they differ",
    "show": "a value on a date as it was known; show shares: every step of a month",
    "issue": "number and freeze a month's invoices, or correct them",
    "invoices": "what was issued: numbers, amounts, who",
    "documents": "render what members receive",
    "export": "what an accountant, a bank and the grid operator take",
    "parties": "who is behind the pseudonyms, in the vault",
    "forget": "remove a person from the vault, and say what stays",
    "log": "the history of an operation in words",
    "explain": "a settled month, a member or a line back to who decided what",
    "hooks": "settle when you commit, merge or push",
    "plugins": "what the installed plugins offer",
    "schema": "the JSON Schemas of files and options",
    "verify": "recompute the record and compare: manifests, data, history",
}
