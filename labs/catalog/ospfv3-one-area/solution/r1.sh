# Typed into the node line by line. Nothing here is a script.
vtysh
configure terminal
ipv6 forwarding
interface lo
ipv6 address 2001:db8:0:ff::1/128
exit
router ospf6
ospf6 router-id 10.0.0.1
exit
interface lo
ipv6 ospf6 area 0
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
ipv6 ospf6 cost 5
exit
interface eth0
ipv6 ospf6 area 0
ipv6 ospf6 passive
exit
end
write memory
exit
