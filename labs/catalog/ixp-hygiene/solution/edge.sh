# Typed into the node line by line. Nothing here is a script. A stage begins and ends at the prompt of bash.
# stage: port
ip link delete br0
sed -i 's/^interface br0/interface eth2/' /etc/radvd.conf; restart-radvd
vtysh
configure terminal
interface eth0
ip address <<lan4+11/24>>
ipv6 address <<lan::11/64>>
exit
interface eth2
ip address <<own4+65/26>>
ipv6 address <<own:50::1/64>>
end
write memory
exit
# stage: answers
sysctl -w net.ipv4.conf.all.proxy_arp=0
sysctl -w net.ipv6.conf.all.proxy_ndp=0
sysctl -w net.ipv4.conf.all.send_redirects=0 net.ipv4.conf.eth0.send_redirects=0
nft add table inet exchange
nft add chain inet exchange own '{ type filter hook output priority filter; }'
nft add rule inet exchange own oifname eth0 icmpv6 type nd-redirect drop
# stage: routes
vtysh
configure terminal
no ipv6 route ::/0 <<lan::10>> 10
router bgp <<me>>
address-family ipv4 unicast
no redistribute connected
exit-address-family
address-family ipv6 unicast
no redistribute connected
end
write memory
exit
# stage: transit
nft add chain inet exchange through '{ type filter hook forward priority filter; }'
nft add rule inet exchange through iifname eth0 ip6 daddr != <<own>> drop
nft add rule inet exchange through iifname eth0 ip daddr != <<own4>> drop
# stage: router
nft add chain inet exchange router '{ type filter hook input priority filter; policy accept; }'
nft add rule inet exchange router iifname != eth0 accept
nft add rule inet exchange router ct state established,related accept
nft add rule inet exchange router meta l4proto '{ icmp, ipv6-icmp }' accept
nft add rule inet exchange router ip6 saddr '{ <<lan::10>>, <<lan::200>> }' tcp dport 179 accept
nft add rule inet exchange router ip saddr '{ <<lan4+10>>, <<lan4+200>> }' tcp dport 179 accept
nft add rule inet exchange router drop
