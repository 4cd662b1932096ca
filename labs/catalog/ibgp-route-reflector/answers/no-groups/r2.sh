# Typed into the node line by line. Nothing here is a script. A stage begins and ends at the prompt of bash.
# stage: sessions
vtysh
configure terminal
router bgp <<me>>
neighbor <<own:ff::1>> peer-group CORE6
neighbor <<own4+1>> peer-group CORE4
end
write memory
exit
# stage: second
vtysh
configure terminal
router bgp <<me>>
neighbor <<own:ff::3>> peer-group CLIENTS6
neighbor <<own:ff::4>> peer-group CLIENTS6
neighbor <<own:ff::5>> peer-group CLIENTS6
neighbor <<own4+3>> peer-group CLIENTS4
neighbor <<own4+4>> peer-group CLIENTS4
neighbor <<own4+5>> peer-group CLIENTS4
address-family ipv6 unicast
neighbor CLIENTS6 route-reflector-client
exit
address-family ipv4 unicast
neighbor CLIENTS4 route-reflector-client
end
write memory
exit
