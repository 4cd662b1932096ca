# Typed into the node line by line. Nothing here is a script. A stage begins and ends at the prompt of bash.
# stage: port
ip link set dev eth2 nomaster
ip link set dev br0 type bridge stp_state 0
sed -i 's/^interface br0/interface eth2/' /etc/radvd.conf; restart-radvd
vtysh
configure terminal
interface br0
no ip address <<lan4+11/25>>
ip address <<lan4+11/24>>
no ip address <<own4+65/26>>
no ipv6 address <<own:50::1/64>>
ipv6 ospf6 passive
exit
interface eth2
ip address <<own4+65/26>>
ipv6 address <<own:50::1/64>>
end
write memory
exit
# stage: answers
for f in /proc/sys/net/ipv4/conf/*/proxy_arp /proc/sys/net/ipv4/conf/*/send_redirects; do echo 0 >$f; done
ip -6 neigh del proxy <<lan::222>> dev br0
nft add table ip6 quiet
nft add chain ip6 quiet out '{ type filter hook output priority 0; }'
nft add rule ip6 quiet out icmpv6 type nd-redirect drop
# stage: routes
vtysh
configure terminal
no ipv6 route ::/0 <<lan::10>> 10
ip prefix-list MINE4 permit <<own4>>
ipv6 prefix-list MINE6 permit <<own>>
route-map OUT4 permit 10
match ip address prefix-list MINE4
exit
route-map OUT6 permit 10
match ipv6 address prefix-list MINE6
exit
router bgp <<me>>
address-family ipv4 unicast
neighbor <<lan4+10>> route-map OUT4 out
neighbor <<lan4+200>> route-map OUT4 out
neighbor <<wide4+1>> route-map OUT4 out
exit-address-family
address-family ipv6 unicast
neighbor <<lan::10>> route-map OUT6 out
neighbor <<lan::200>> route-map OUT6 out
neighbor <<up_net:0:1::1>> route-map OUT6 out
end
write memory
exit
# stage: transit
nft add chain ip6 quiet through '{ type filter hook forward priority 0; }'
nft add rule ip6 quiet through iifname br0 oifname '{ br0, eth1 }' drop
nft add table ip quiet
nft add chain ip quiet through '{ type filter hook forward priority 0; }'
nft add rule ip quiet through iifname br0 oifname '{ br0, eth1 }' drop
# stage: router
nft add chain ip6 quiet in '{ type filter hook input priority 0; }'
nft add rule ip6 quiet in iifname br0 tcp dport 179 ip6 saddr != '{ <<lan::10>>, <<lan::200>> }' drop
nft add rule ip6 quiet in iifname br0 tcp dport != 179 tcp flags '& (syn | ack) == syn' drop
nft add rule ip6 quiet in iifname br0 udp dport 0-65535 ct state new drop
nft add chain ip quiet in '{ type filter hook input priority 0; }'
nft add rule ip quiet in iifname br0 tcp dport 179 ip saddr != '{ <<lan4+10>>, <<lan4+200>> }' drop
nft add rule ip quiet in iifname br0 tcp dport != 179 tcp flags '& (syn | ack) == syn' drop
nft add rule ip quiet in iifname br0 udp dport 0-65535 ct state new drop
