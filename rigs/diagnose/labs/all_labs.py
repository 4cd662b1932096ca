"""All labs of the rig: networks for which the catalogue has no lab."""

from labs.engine.definition.spec import Lab
from rigs.diagnose.labs.access import access_network
from rigs.diagnose.labs.exterior import exchange, rpki_bird
from rigs.diagnose.labs.interior import ibgp_backbone, isis_core, office_ipv4, ospf_areas
from rigs.diagnose.labs.sites import campus, services
from rigs.diagnose.labs.twenty import twenty


def all_labs() -> list[Lab]:
    return [
        ibgp_backbone(),
        ospf_areas(),
        office_ipv4(),
        isis_core(),
        exchange(),
        rpki_bird(),
        campus(),
        services(),
        twenty(),
        access_network(),
    ]
