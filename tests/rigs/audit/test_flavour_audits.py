from rigs.audit import flavour_audits
from rigs.audit.families import ALL
from rigs.audit.families.flavours import OWN


def test_all_attacks_can_be_made_in_labs_of_a_flavour(monkeypatch):
    made, built = [], []
    monkeypatch.setattr(flavour_audits.flavour_build, "build", built.append)
    monkeypatch.setattr(flavour_audits, "audit", lambda families, tell, image: made.append((image, families)) or [])
    assert flavour_audits.audit_in(["dns", "rpki"], ALL, print) == []
    assert built == [image for image, _families in made] == ["dns", "rpki"]
    every = [attack.id for family in ALL for attack in family.attacks]
    for image, families in made:
        tried = [attack.id for family in families for attack in family.attacks]
        assert tried == [*every, *(attack.id for attack in OWN)]
        assert all(image in family.name for family in families)
