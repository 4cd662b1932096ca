# Typed into the node line by line. Nothing here is a script. A stage begins and ends at the prompt of bash.
# stage: cache
vtysh
configure terminal
rpki
rpki cache tcp <<own:3::323>> 3323 preference 1
exit
end
write memory
exit
# stage: drop
vtysh
configure terminal
route-map TRANSIT-IN deny 5
match rpki invalid
exit
route-map PEER-IN deny 5
match rpki invalid
exit
route-map CUSTOMER-IN deny 5
match rpki invalid
end
write memory
exit
# stage: follow
vtysh
configure terminal
router bgp <<me>>
address-family ipv6 unicast
neighbor <<transit_net:0:1::1>> soft-reconfiguration inbound
neighbor <<peer_net:0:1::1>> soft-reconfiguration inbound
neighbor <<own:f::2>> soft-reconfiguration inbound
end
write memory
exit
echo 'vtysh -c "clear bgp ipv6 unicast * soft in"' >/etc/timer.sh
# stage: traffic
# Nothing to type: it is time to look.
# stage: forged
vtysh
configure terminal
ipv6 prefix-list PEER seq 10 permit <<peer_net>> le 48
route-map PEER-IN permit 10
match ipv6 address prefix-list PEER
end
write memory
exit
