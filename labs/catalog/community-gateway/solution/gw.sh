# stage: failover
sed -i 's/^watch .*/watch <<far:1::1>>/' /etc/uplinks.conf
echo 'watch <<far:2::1>>' >>/etc/uplinks.conf
sed -i '/oifname "fibre" ip saddr/a \    oifname "radio" ip saddr <<own4>> masquerade' /etc/nftables.conf && nft -f /etc/nftables.conf
sed -i '/oifname "fibre" ip saddr/a \    oifname "radio" snat ip6 prefix to ip6 saddr map { <<a_net:500::/48>> : <<b_net:700::/48>> }' /etc/nftables.conf && nft -f /etc/nftables.conf
# stage: share
tree() { echo "tc qdisc add dev $1 root handle $2: htb default 30"; printf "tc class add dev $1 parent $2:%s classid $2:%s htb rate %skbit ceil $((<<line.kbit>> * 9 / 10))kbit\n" '' 1 $((<<line.kbit>> * 9 / 10)) 1 10 <<line.fair>> 1 20 <<line.fair>> 1 30 150; printf "tc qdisc add dev $1 parent $2:%s pfifo limit 100\n" 10 20 30; }
tree fibre 1 >>/etc/queues.sh; sh /etc/queues.sh
tree lan 2 >>/etc/queues.sh; sh /etc/queues.sh
sed -i '/^  chain classes/,/^  }/s|^    type .*|&\n    oifname "fibre" ip6 saddr <<a_net:500:10::/64>> meta priority set 1:10\n    oifname "fibre" ip6 saddr <<a_net:500:20::/64>> meta priority set 1:20|' /etc/nftables.conf && nft -f /etc/nftables.conf
sed -i '/^  chain classes/,/^  }/s|^    type .*|&\n    oifname "fibre" ip saddr <<own4+10>> meta priority set 1:10\n    oifname "fibre" ip saddr <<own4+20>> meta priority set 1:20|' /etc/nftables.conf && nft -f /etc/nftables.conf
sed -i '/^  chain classes/,/^  }/s|^    type .*|&\n    oifname "lan" ip6 daddr <<a_net:500:10::/64>> meta priority set 2:10\n    oifname "lan" ip6 daddr <<a_net:500:20::/64>> meta priority set 2:20|' /etc/nftables.conf && nft -f /etc/nftables.conf
sed -i '/^  chain classes/,/^  }/s|^    type .*|&\n    oifname "lan" ip daddr <<own4+10>> meta priority set 2:10\n    oifname "lan" ip daddr <<own4+20>> meta priority set 2:20|' /etc/nftables.conf && nft -f /etc/nftables.conf
# stage: filter
sed -i 's/destination-unreachable, time-exceeded,/destination-unreachable, packet-too-big, time-exceeded, parameter-problem,/' /etc/nftables.conf && nft -f /etc/nftables.conf
sed -i '/^  chain forward/,/^  }/s|^    type .*|&\n    iifname "lan" ip6 saddr != <<a_net:500::/48>> drop|' /etc/nftables.conf && nft -f /etc/nftables.conf
sed -i '/^  chain forward/,/^  }/s|^    type .*|&\n    iifname "lan" ip saddr != <<own4>> drop|' /etc/nftables.conf && nft -f /etc/nftables.conf
sed -i 's|^  # Packets that pass.*|  chain input {\n    type filter hook input priority filter; policy accept;\n    iifname { "fibre", "radio" } tcp dport 8080 drop\n  }\n\n&|' /etc/nftables.conf && nft -f /etc/nftables.conf
# stage: local
sed -i 's|RDNSS .* {|RDNSS <<a_net:500:0::53>> {|' /etc/radvd.conf && restart-radvd
