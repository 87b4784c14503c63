from tests.factories.followups import make_followup, propose_done, send_update
def test_pages(app, write, who, cast, sign_in):
    with write():
        f = make_followup(cast.units["kodim"], priority="high")
        send_update(who("kodim"), f)
        u = propose_done(who("kodim"), f, link="https://example.com/berita")
    for name in ("sekretariat", "tni", "pimpinan"):
        b = sign_in(name)
        b.get("/tindak-lanjut"); b.get(f"/tindak-lanjut/{f}"); b.get(f"/tindak-lanjut/{f}?per=2026-06-10")
        for s in ("late","proposed_done","returned","done","not_feasible","transferred","all"):
            b.get("/tindak-lanjut?status="+s+"&due_from=besok")
    b = sign_in("sekretariat")
    b.get("/tindak-lanjut/baru"); b.get(f"/tindak-lanjut/{f}/ubah"); b.get(f"/tindak-lanjut/{f}/alihkan"); b.get("/tindak-lanjut/ingatkan?organization_id=%d"%cast.units["kodam"])
