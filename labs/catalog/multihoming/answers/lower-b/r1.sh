# Typed into the node line by line. Nothing here is a script. A stage begins and ends at the prompt of bash.
# stage: out
# stage: backup
# stage: in
# stage: silent
vtysh
configure terminal
router bgp <<me>>
neighbor <<a_net:0:1::1>> timers 3 9
neighbor <<own4+33>> timers 3 9
end
clear bgp ipv6 unicast <<a_net:0:1::1>>
clear bgp ipv4 unicast <<own4+33>>
write memory
exit
