# Typed into the node line by line. Nothing here is a script. A stage begins and ends at the prompt of bash.
# stage: steer
vtysh
configure terminal
bgp large-community-list standard NOT-TO-UP seq 5 permit <<me>>:0:<<up_as>>
bgp large-community-list standard LONGER-TO-UP seq 5 permit <<me>>:1:<<up_as>>
route-map UP-OUT deny 10
match large-community NOT-TO-UP
exit
route-map UP-OUT permit 20
match community OURS
match large-community LONGER-TO-UP
set as-path prepend <<me>>
end
write memory
exit
# stage: ours
vtysh
configure terminal
router bgp <<me>>
bgp graceful-shutdown
exit
router isis CORE
set-overload-bit
topology ipv6-unicast overload
end
write memory
exit
