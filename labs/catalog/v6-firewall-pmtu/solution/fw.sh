# Typed into the node line by line. Nothing here is a script. A stage begins and ends at the prompt of bash.
# stage: white
sed -i 's/icmpv6 type echo-request accept/icmpv6 type { destination-unreachable, packet-too-big, time-exceeded, parameter-problem, echo-request, echo-reply } accept/' /etc/nftables.conf && nft -f /etc/nftables.conf
# stage: node
sed -i '/mld-listener/s/$/\n    icmpv6 type { destination-unreachable, packet-too-big, time-exceeded, parameter-problem, echo-request, echo-reply } accept/' /etc/nftables.conf && nft -f /etc/nftables.conf
# stage: hole
printf 'table ip6 clamp {\n  chain forward {\n    type filter hook forward priority mangle; policy accept;\n    tcp flags syn tcp option maxseg size set 1220\n  }\n}\n' >>/etc/nftables.conf && nft -f /etc/nftables.conf
