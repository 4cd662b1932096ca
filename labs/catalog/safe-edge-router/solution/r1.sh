# Typed into the node line by line. Nothing here is a script. A stage begins and ends at the prompt of bash.
# stage: sources
nft add table ip6 edge
nft add chain ip6 edge sources '{ type filter hook prerouting priority raw; }'
nft add rule ip6 edge sources iifname eth0 fib saddr . iif oif missing drop
# stage: router
nft add chain ip6 edge router '{ type filter hook input priority filter; policy accept; }'
nft add rule ip6 edge router ct state established accept
nft add rule ip6 edge router meta l4proto ipv6-icmp accept
nft add rule ip6 edge router ip6 saddr <<up_net:0:1::1>> tcp dport 179 accept
nft add rule ip6 edge router ip6 saddr <<own:a::/64>> tcp dport 8080 accept
nft chain ip6 edge router '{ policy drop; }'
