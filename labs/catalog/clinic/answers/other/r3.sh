# Typed into the node line by line. Nothing here is a script. A stage begins and ends at the prompt of bash.
# stage: one
vtysh
configure terminal
router bgp <<me>>
address-family ipv6 unicast
neighbor <<up_net:0:1::1>> maximum-prefix 20 80
end
clear bgp ipv6 unicast <<up_net:0:1::1>>
write memory
exit
# stage: two
vtysh
configure terminal
router bgp <<me>>
address-family ipv4 unicast
neighbor IBGP4 next-hop-self
end
write memory
exit
# stage: four
vtysh
configure terminal
no ipv6 route <<own:5::/64>> <<own:13::5>>
end
write memory
exit
