# Typed into the node line by line. Nothing here is a script. A stage begins and ends at the prompt of bash.
# stage: sessions
vtysh
configure terminal
router bgp <<me>>
neighbor IBGP6 remote-as <<me>>
neighbor IBGP6 update-source lo
neighbor IBGP4 remote-as <<me>>
neighbor IBGP4 update-source lo
neighbor <<own:ff::1>> peer-group IBGP6
neighbor <<own4+1>> peer-group IBGP4
address-family ipv6 unicast
neighbor IBGP6 activate
exit
address-family ipv4 unicast
neighbor IBGP4 activate
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
neighbor <<own:ff::2>> peer-group IBGP6
neighbor <<own4+2>> peer-group IBGP4
end
write memory
exit
