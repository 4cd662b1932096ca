# Typed into the node line by line. Nothing here is a script. A stage begins and ends at the prompt of bash.
# stage: port
vtysh
configure terminal
interface eth0
ipv6 address 2001:db8:ee::<<seat>>/64
end
write memory
exit
# stage: session
vtysh
configure terminal
route-map RS-IN permit 10
exit
router bgp <<seat_asn>>
bgp router-id 192.0.2.<<seat>>
neighbor 2001:db8:ee::f1 remote-as 64511
no neighbor 2001:db8:ee::f1 enforce-first-as
address-family ipv6 unicast
neighbor 2001:db8:ee::f1 activate
neighbor 2001:db8:ee::f1 route-map RS-IN in
end
write memory
exit
# stage: announce
vtysh
configure terminal
ipv6 route <<seat_net>> blackhole
ipv6 prefix-list OWN seq 10 permit <<seat_net>>
route-map RS-OUT permit 10
match ipv6 address prefix-list OWN
exit
router bgp <<seat_asn>>
address-family ipv6 unicast
network <<seat_net>>
neighbor 2001:db8:ee::f1 route-map RS-OUT out
end
write memory
exit
# stage: choose
vtysh
configure terminal
route-map RS-OUT permit 10
set large-community 64511:0:64509
end
write memory
exit
