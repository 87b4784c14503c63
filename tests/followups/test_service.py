"""smoke"""
from kbpartners.followups import service
from tests.factories.followups import make_followup, propose_done, send_update

def test_smoke(app, ctx, who, cast):
    f = make_followup(cast.units["kodim"])
    send_update(who("kodim"), f)
    u = propose_done(who("kodim"), f)
    print(service.page(who("tni"), service.Filters()))
    print(service.queue(who("sekretariat")))
    service.decide(who("sekretariat"), u, decision="accept")
    print(service.snapshot(f))
    assert service.check() == []
