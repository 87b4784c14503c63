def test_empty(sign_in, count_queries, cast):
    for name in cast.users:
        b = sign_in(name)
        with count_queries() as seen:
            page = b.get("/")
        print(name, len(seen), page.text[:2000])
