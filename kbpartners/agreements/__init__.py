"""Agreements: kinds of paper, their parties, clauses and lineage; whether they are in force is derived by date."""
