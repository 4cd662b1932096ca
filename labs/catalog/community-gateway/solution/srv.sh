# stage: failover
# Nothing to type.
# stage: share
# Nothing to type.
# stage: filter
sed -i 's|access-control: ::0/0 allow|access-control: <<a_net:500::/48>> allow|; s|access-control: 0.0.0.0/0 allow|access-control: <<own4>> allow|' /etc/unbound/unbound.conf && unbound-control reload
# stage: local
sed -i 's|^server:|&\n    local-zone: "village.example." static|' /etc/unbound/unbound.conf && unbound-control reload
sed -i 's|local-zone: "village.example." static|&\n    local-data: "www.village.example. 300 IN AAAA <<a_net:500:0::53>>"|' /etc/unbound/unbound.conf && unbound-control reload
sed -i 's|local-zone: "village.example." static|&\n    local-data: "www.village.example. 300 IN A <<own4+53>>"|' /etc/unbound/unbound.conf && unbound-control reload
