# Typed into the node line by line. Nothing here is a script. A stage begins and ends at the prompt of bash.
# stage: filter
vtysh
configure terminal
ipv6 prefix-list CUSTOMER seq 10 permit <<customer_net>>
ipv6 prefix-list RESORT seq 10 permit <<resort_net>>
route-map FROM-CUSTOMER permit 10
match ipv6 address prefix-list CUSTOMER
exit
route-map FROM-RESORT permit 10
match ipv6 address prefix-list RESORT
end
write memory
exit
# stage: limit
vtysh
configure terminal
router bgp <<me>>
address-family ipv6 unicast
neighbor <<own:e::2>> soft-reconfiguration inbound
end
write memory
exit
# What the school sends must arrive again before the limit is typed, because FRR counts it at that moment.
vtysh
configure terminal
router bgp <<me>>
address-family ipv6 unicast
neighbor <<own:e::2>> maximum-prefix 10 force
neighbor <<own:c::2>> maximum-prefix 10
end
write memory
exit
