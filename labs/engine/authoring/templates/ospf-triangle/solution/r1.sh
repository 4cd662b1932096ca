# The lines that a learner would type on r1, each ended with the Enter key. A stage begins and ends at the bash prompt.
# stage: adjacency
vtysh
configure terminal
router ospf6
ospf6 router-id 192.0.2.1
exit
interface eth2
ipv6 ospf6 area 0
ipv6 ospf6 network point-to-point
ipv6 ospf6 hello-interval 1
ipv6 ospf6 dead-interval 4
exit
interface eth3
ipv6 ospf6 area 0
ipv6 ospf6 network point-to-point
ipv6 ospf6 hello-interval 1
ipv6 ospf6 dead-interval 4
end
write memory
exit
# stage: reach
vtysh
configure terminal
interface eth0
ipv6 ospf6 area 0
ipv6 ospf6 passive
end
write memory
exit
# stage: failover
# Nothing to type: the second path exists.
