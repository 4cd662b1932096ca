# Typed into the node line by line. Nothing here is a script. A stage begins and ends at the prompt of bash.
# stage: users
nft add table inet sav
nft add chain inet sav in '{ type filter hook prerouting priority raw; }'
nft add rule inet sav in iifname eth1 fib saddr . iif oif missing counter drop
# stage: shop
nft add set inet sav shop6 '{ type ipv6_addr; flags interval; elements = { <<first>>, <<second>>, <<third>>, <<own:c1::/64>>, fe80::/10 }; }'
nft add set inet sav shop4 '{ type ipv4_addr; flags interval; elements = { <<shop4+0/26>>, <<shop4+64/26>>, <<shop4+128/26>>, <<own4+240/31>> }; }'
nft add rule inet sav in iifname eth2 ip6 saddr != @shop6 counter drop
nft add rule inet sav in iifname eth2 ip saddr != @shop4 counter drop
# stage: outside
nft add rule inet sav in iifname eth0 ip6 saddr <<own>> counter drop
nft add rule inet sav in iifname eth0 ip saddr <<own4>> counter drop
