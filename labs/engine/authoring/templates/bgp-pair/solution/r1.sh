# The lines that a learner would type on r1, each ended with the Enter key. A stage begins and ends at the bash prompt.
# stage: session
vtysh
configure terminal
router bgp 64500
neighbor 2001:db8:0:12::2 remote-as 64501
address-family ipv6 unicast
neighbor 2001:db8:0:12::2 activate
end
write memory
exit
# stage: announce
vtysh
configure terminal
ipv6 route 2001:db8:100::/48 blackhole
ipv6 prefix-list OURS seq 10 permit 2001:db8:100::/48
route-map OUT permit 10
match ipv6 address prefix-list OURS
exit
router bgp 64500
address-family ipv6 unicast
network 2001:db8:100::/48
neighbor 2001:db8:0:12::2 route-map OUT out
end
write memory
exit
# stage: accept
vtysh
configure terminal
ipv6 prefix-list PROVIDER seq 10 permit 2001:db8:500::/48
route-map IN permit 10
match ipv6 address prefix-list PROVIDER
exit
router bgp 64500
address-family ipv6 unicast
neighbor 2001:db8:0:12::2 route-map IN in
end
write memory
exit
