"""Reports: read-only aggregates as plain data, and one mechanism that turns them into HTML, PDF, XLSX, DOCX and CSV.

`sheet.py` says what a printed sheet is; `pdf.py`, `xlsx.py`, `docx.py` and `csvfile.py` each write one format of it,
`templates/reports/sheet.html` is the page. None of them knows the database or the request.
"""
