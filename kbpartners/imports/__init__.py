"""Files from outside: workbook → rows and row errors → preview → commit.

`xlsx` and `workbook` read an XLSX or CSV file without trusting it, `kampung_rows` gives its rows their types. None
of the three touches the database; what cannot be read says so with the row and the column.
"""
