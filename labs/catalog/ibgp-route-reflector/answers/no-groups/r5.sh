# Typed into the node line by line. No peer groups: each neighbour has its own lines.
# stage: sessions
vtysh
configure terminal
router bgp <<me>>
neighbor <<own:ff::1>> remote-as <<me>>
neighbor <<own:ff::1>> update-source lo
neighbor <<own4+1>> remote-as <<me>>
neighbor <<own4+1>> update-source lo
address-family ipv6 unicast
neighbor <<own:ff::1>> activate
exit
address-family ipv4 unicast
neighbor <<own4+1>> activate
end
write memory
exit
# stage: users
vtysh
configure terminal
router bgp <<me>>
address-family ipv6 unicast
network <<own:5::/64>>
exit
address-family ipv4 unicast
network <<own4+128/26>>
end
write memory
exit
# stage: second
vtysh
configure terminal
router bgp <<me>>
neighbor <<own:ff::2>> remote-as <<me>>
neighbor <<own:ff::2>> update-source lo
neighbor <<own4+2>> remote-as <<me>>
neighbor <<own4+2>> update-source lo
address-family ipv6 unicast
neighbor <<own:ff::2>> activate
exit
address-family ipv4 unicast
neighbor <<own4+2>> activate
end
write memory
exit
