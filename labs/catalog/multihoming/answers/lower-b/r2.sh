# Typed into the node line by line. Nothing here is a script. A stage begins and ends at the prompt of bash.
# stage: out
vtysh
configure terminal
route-map B6-IN permit 10
set local-preference 50
exit
route-map B4-IN permit 10
set local-preference 50
end
write memory
exit
# stage: backup
vtysh
configure terminal
ip prefix-list OURS4 seq 10 permit <<own4>>
router bgp <<me>>
address-family ipv6 unicast
neighbor <<own:ff::1>> next-hop-self
exit
address-family ipv4 unicast
neighbor <<own4+1>> next-hop-self
end
write memory
exit
# stage: in
vtysh
configure terminal
route-map B6-OUT permit 10
set as-path prepend <<me>> <<me>>
set community <<b_as>>:70 additive
exit
route-map B4-OUT permit 10
set as-path prepend <<me>> <<me>>
set community <<b_as>>:70 additive
end
write memory
exit
