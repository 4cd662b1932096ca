# Typed into the node line by line. Nothing here is a script. A stage begins and ends at the prompt of bash.
# stage: sessions
vtysh
configure terminal
router bgp <<me>>
bgp router-id <<my_id>>
no bgp default ipv4-unicast
neighbor <<north_net:0:1::1>> remote-as <<north_as>>
neighbor <<south_net:0:1::1>> remote-as <<south_as>>
address-family ipv6 unicast
neighbor <<north_net:0:1::1>> activate
neighbor <<south_net:0:1::1>> activate
end
write memory
exit
# stage: close
vtysh
configure terminal
router bgp <<me>>
bgp ebgp-requires-policy
end
clear bgp ipv6 unicast *
write memory
exit
# stage: originate
vtysh
configure terminal
ipv6 route <<own>> blackhole
ipv6 prefix-list OURS seq 10 permit <<own>>
route-map OUT permit 10
match ipv6 address prefix-list OURS
exit
router bgp <<me>>
address-family ipv6 unicast
network <<own>>
neighbor <<north_net:0:1::1>> route-map OUT out
neighbor <<south_net:0:1::1>> route-map OUT out
end
write memory
exit
# stage: learn
vtysh
configure terminal
ipv6 prefix-list GOOD seq 10 deny <<own>> le 128
ipv6 prefix-list GOOD seq 20 permit ::/0 le 48
route-map NORTH-IN permit 10
match ipv6 address prefix-list GOOD
exit
route-map SOUTH-IN permit 10
match ipv6 address prefix-list GOOD
exit
router bgp <<me>>
address-family ipv6 unicast
neighbor <<north_net:0:1::1>> route-map NORTH-IN in
neighbor <<south_net:0:1::1>> route-map SOUTH-IN in
end
write memory
exit
# stage: prefer
vtysh
configure terminal
route-map NORTH-IN permit 10
set local-preference 200
end
write memory
exit
