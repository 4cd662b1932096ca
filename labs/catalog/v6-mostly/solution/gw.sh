# Typed into the node line by line. Nothing here is a script. A stage begins and ends at the prompt of bash.
# stage: translate
sed -i 's|^prefix .*|prefix <<site:64::/96>>|' /etc/tayga.conf
tayga --mktun
ip link set nat64 up
ip route add 192.0.2.128/25 dev nat64
ip -6 route add <<site:64::/96>> dev nat64
tayga
nft add rule ip nat postrouting ip saddr 192.0.2.128/25 oifname eth1 masquerade
nft add rule ip6 filter forward iifname eth1 ip6 daddr <<site:64::/96>> drop
# stage: names
sed -i 's|module-config: .*|module-config: "dns64 iterator"|' /etc/unbound/unbound.conf
sed -i 's|^ *access-control: .*|&\n    access-control: <<site:10::/64>> allow|' /etc/unbound/unbound.conf
sed -i 's|^ *module-config: .*|&\n    dns64-prefix: <<site:64::/96>>|' /etc/unbound/unbound.conf
unbound-checkconf && service unbound restart
# stage: advertise
sed -i 's|^ *prefix .*|    RDNSS <<site:10::1>> { };\n&|' /etc/radvd.conf
sed -i 's|^ *prefix .*|    nat64prefix <<site:64::/96>> { };\n&|' /etc/radvd.conf
service radvd reload
# stage: mostly
echo 'dhcp-option=option:ipv6-only,1800' >>/etc/dnsmasq.conf
service dnsmasq restart
# stage: clat
# Nothing to type here: the last stage is pc's.
