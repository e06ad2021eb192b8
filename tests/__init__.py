"""The suite: sentences about behaviour, tables, laws and contract suites."""
