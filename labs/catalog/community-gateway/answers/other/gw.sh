# Three watched addresses, a route-based check of sources, marks by a map-free chain of its own, and a policy that drops at input.
printf '%s\n' 'watch <<far:1::1>>' 'watch <<far:2::1>>' 'watch <<far:9::9>>' >/etc/uplinks.conf
printf '%s\n' 'table inet village' 'delete table inet village' 'table inet village {' >/etc/nftables.conf
printf '%s\n' ' chain input { type filter hook input priority filter; policy drop;' '  ct state established,related accept' '  iifname { lo, lan } accept' '  meta l4proto { icmp, ipv6-icmp } accept' ' }' >>/etc/nftables.conf
printf '%s\n' ' chain forward { type filter hook forward priority filter; policy accept;' '  iifname lan fib saddr . iif oif missing drop' ' }' >>/etc/nftables.conf
printf '%s\n' ' chain classes { type filter hook forward priority filter; policy accept;' '  oifname { fibre, radio } ip6 saddr <<a_net:500:10::/64>> meta priority set 1:10' '  oifname { fibre, radio } ip6 saddr <<a_net:500:20::/64>> meta priority set 1:20' >>/etc/nftables.conf
printf '%s\n' '  oifname { fibre, radio } ip saddr <<own4+10>> meta priority set 1:10' '  oifname { fibre, radio } ip saddr <<own4+20>> meta priority set 1:20' '  oifname lan ip6 daddr <<a_net:500:10::/64>> meta priority set 1:10' >>/etc/nftables.conf
printf '%s\n' '  oifname lan ip6 daddr <<a_net:500:20::/64>> meta priority set 1:20' '  oifname lan ip daddr <<own4+10>> meta priority set 1:10' '  oifname lan ip daddr <<own4+20>> meta priority set 1:20' ' }' >>/etc/nftables.conf
printf '%s\n' ' chain translate { type nat hook postrouting priority srcnat;' '  oifname { fibre, radio } ip saddr <<own4>> masquerade' '  oifname radio ip6 saddr <<a_net:500::/48>> snat ip6 prefix to <<b_net:700::/48>>' ' }' '}' >>/etc/nftables.conf
nft -f /etc/nftables.conf
tree() { for c in "parent 1: classid 1:1 htb rate $2kbit" "parent 1:1 classid 1:10 htb rate <<line.fair>>kbit ceil $2kbit" "parent 1:1 classid 1:20 htb rate <<line.fair>>kbit ceil $2kbit" "parent 1:1 classid 1:90 htb rate 100kbit ceil $2kbit"; do echo tc class add dev $1 $c; done; }
for i in fibre lan; do echo tc qdisc replace dev $i root handle 1: htb default 90; tree $i $((<<line.kbit>> * 85 / 100)); for c in 10 20 90; do echo tc qdisc add dev $i parent 1:$c pfifo limit 60; done; done >>/etc/queues.sh; sh /etc/queues.sh
printf '%s\n' 'interface lan {' ' AdvSendAdvert on;' ' MinRtrAdvInterval 3;' ' MaxRtrAdvInterval 4;' ' prefix <<a_net:500:0::/64>> { };' ' RDNSS <<a_net:500:0::53>> { AdvRDNSSLifetime 300; };' '};' >/etc/radvd.conf; restart-radvd
