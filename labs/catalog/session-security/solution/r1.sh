# Typed into the node line by line. Nothing here is a script. A stage begins and ends at the prompt of bash.
# stage: distance
vtysh
configure terminal
router bgp <<me>>
neighbor <<up_net:0:1::1>> ttl-security hops 1
neighbor <<up4+1>> ttl-security hops 1
end
write memory
exit
# stage: secret
vtysh
configure terminal
router bgp <<me>>
neighbor <<peer_net:0:1::1>> password <<secret>>-<<secret>>-<<secret>>
neighbor <<peer4+1>> password <<secret>>-<<secret>>-<<secret>>
end
write memory
exit
# stage: control
nft add table inet control
nft add chain inet control in '{ type filter hook input priority filter; policy accept; }'
nft add rule inet control in ct state established accept
nft add rule inet control in meta l4proto ipv6-icmp accept
nft add rule inet control in meta l4proto icmp accept
nft add rule inet control in iifname eth2 ip6 saddr <<peer_net:0:1::1>> tcp dport 179 accept
nft add rule inet control in iifname eth1 ip6 saddr <<own:a::/64>> tcp dport 8080 accept
nft chain inet control in '{ policy drop; }'
