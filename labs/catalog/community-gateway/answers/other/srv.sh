sed -i 's|access-control: ::0/0 allow|access-control: <<a_net:500::/48>> allow_snoop|; s|access-control: 0.0.0.0/0 allow|access-control: 0.0.0.0/0 refuse\n    access-control: <<own4>> allow|' /etc/unbound/unbound.conf
sed -i 's|^server:|&\n    local-zone: "village.example." transparent\n    local-data: "www.village.example. AAAA <<a_net:500:0::53>>"\n    local-data: "www.village.example. A <<own4+53>>"|' /etc/unbound/unbound.conf
unbound-checkconf >/dev/null && unbound-control reload
