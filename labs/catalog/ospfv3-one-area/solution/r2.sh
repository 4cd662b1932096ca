# Typed into the node line by line. Nothing here is a script. A stage begins and ends at the prompt of bash.
# stage: ready
vtysh
configure terminal
ipv6 forwarding
interface lo
ipv6 address <<site:ff::2/128>>
end
write memory
exit
# stage: adjacency
vtysh
configure terminal
router ospf6
ospf6 router-id <<id2>>
exit
interface lo
ipv6 ospf6 area 0
exit
interface eth1
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
exit
end
write memory
exit
# stage: failover
vtysh
configure terminal
interface eth1
ipv6 ospf6 cost <<west>>
exit
interface eth3
ipv6 ospf6 cost <<satellite>>
end
write memory
exit
