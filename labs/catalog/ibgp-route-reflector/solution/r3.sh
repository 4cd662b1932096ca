# Typed into the node line by line. Nothing here is a script. A stage begins and ends at the prompt of bash.
# stage: sessions
vtysh
configure terminal
router bgp <<me>>
neighbor <<own:ff::1>> peer-group IBGP6
neighbor <<own4+1>> peer-group IBGP4
address-family ipv6 unicast
neighbor IBGP6 next-hop-self
exit
address-family ipv4 unicast
neighbor IBGP4 next-hop-self
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
