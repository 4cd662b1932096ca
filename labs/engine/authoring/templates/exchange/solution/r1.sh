# The lines that a learner would type on r1, each ended with the Enter key. A stage begins and ends at the bash prompt.
# stage: session
vtysh
configure terminal
router bgp 64500
neighbor 2001:db8:0:ff::10 remote-as 64510
no neighbor 2001:db8:0:ff::10 enforce-first-as
address-family ipv6 unicast
neighbor 2001:db8:0:ff::10 activate
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
neighbor 2001:db8:0:ff::10 route-map OUT out
end
write memory
exit
# stage: accept
vtysh
configure terminal
ipv6 prefix-list MEMBERS seq 10 permit ::/0 le 48
route-map IN permit 10
match ipv6 address prefix-list MEMBERS
exit
router bgp 64500
address-family ipv6 unicast
neighbor 2001:db8:0:ff::10 route-map IN in
end
write memory
exit
