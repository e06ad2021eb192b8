"""What we remember: tables, migrations and every query of the listings.

Imports nothing of ours from outside this folder.  In order, each file only using those before it:
errors | settings | statements | tables, then sqlite | postgres, then engine, then rows, queries, migrate.
"""
