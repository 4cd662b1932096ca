# Lists at every port, in a chain that only sees packets that are passed on.
nft add table inet filter
nft add chain inet filter forward '{ type filter hook forward priority filter; policy accept; }'
nft add rule inet filter forward iifname eth1 ip6 saddr != <<own:10::/64>> drop
nft add rule inet filter forward iifname eth1 ip saddr != <<own4+0/26>> drop
nft add rule inet filter forward iifname eth2 ip6 saddr != '{ <<first>>, <<second>>, <<third>>, <<own:c1::2>> }' drop
nft add rule inet filter forward iifname eth2 ip saddr != '{ <<shop4+0/26>>, <<shop4+64/26>>, <<shop4+128/26>>, <<own4+241>> }' drop
nft add rule inet filter forward iifname eth0 ip6 saddr <<own>> drop
nft add rule inet filter forward iifname eth0 ip saddr <<own4>> drop
