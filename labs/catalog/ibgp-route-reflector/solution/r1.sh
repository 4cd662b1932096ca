# Typed into the node line by line. Nothing here is a script. A stage begins and ends at the prompt of bash.
# stage: sessions
vtysh
configure terminal
router bgp <<me>>
neighbor CLIENTS6 remote-as <<me>>
neighbor CLIENTS6 update-source lo
neighbor CLIENTS4 remote-as <<me>>
neighbor CLIENTS4 update-source lo
neighbor <<own:ff::2>> peer-group CORE6
neighbor <<own4+2>> peer-group CORE4
neighbor <<own:ff::3>> peer-group CLIENTS6
neighbor <<own:ff::4>> peer-group CLIENTS6
neighbor <<own:ff::5>> peer-group CLIENTS6
neighbor <<own4+3>> peer-group CLIENTS4
neighbor <<own4+4>> peer-group CLIENTS4
neighbor <<own4+5>> peer-group CLIENTS4
address-family ipv6 unicast
neighbor CLIENTS6 activate
exit
address-family ipv4 unicast
neighbor CLIENTS4 activate
end
write memory
exit
# stage: reflect
vtysh
configure terminal
router bgp <<me>>
address-family ipv6 unicast
neighbor CLIENTS6 route-reflector-client
exit
address-family ipv4 unicast
neighbor CLIENTS4 route-reflector-client
end
write memory
exit
# stage: users
# stage: second
