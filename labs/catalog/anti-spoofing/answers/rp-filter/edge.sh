# IPv4 of the users by the kernel's own switch; the shop's lists as rules that accept before the last one drops.
sysctl -w net.ipv4.conf.eth1.rp_filter=1
nft add table ip6 sav
nft add chain ip6 sav in '{ type filter hook prerouting priority raw; }'
nft add rule ip6 sav in iifname eth1 fib saddr . iif oif missing drop
nft add rule ip6 sav in iifname eth2 ip6 saddr '{ <<first>>, <<second>>, <<third>>, <<own:c1::/64>>, fe80::/10, :: }' accept
nft add rule ip6 sav in iifname eth2 drop
nft add rule ip6 sav in iifname eth0 ip6 saddr <<own>> drop
nft add table ip sav
nft add chain ip sav in '{ type filter hook prerouting priority raw; }'
nft add rule ip sav in iifname eth2 ip saddr '{ <<shop4+0/26>>, <<shop4+64/26>>, <<shop4+128/26>>, <<own4+240/31>> }' accept
nft add rule ip sav in iifname eth2 drop
nft add rule ip sav in iifname eth0 ip saddr <<own4>> drop
