# Typed into the node line by line. Nothing here is a script. A stage begins and ends at the prompt of bash.
# stage: plan
vtysh
configure terminal
interface lo
ipv6 address 2001:db8:f::<<seat>>/128
ip address 192.0.2.<<seat>>/32
exit
interface eth0
ipv6 address 2001:db8:f:c<<seat>>::a/127
ip address <<seat_edge4>>/31
exit
interface eth1
ipv6 address 2001:db8:f:1<<seat>>::b/127
ip address <<seat_core4+1>>/31
exit
interface eth2
ipv6 address 2001:db8:f:2<<seat>>::b/127
ip address <<seat_core4+3>>/31
end
write memory
exit
# stage: igp
vtysh
configure terminal
router isis CORE
net 49.0001.1920.0000.200<<seat>>.00
is-type level-2-only
topology ipv6-unicast
domain-password md5 one-isp-lsp authenticate snp validate
exit
interface lo
ip router isis CORE
ipv6 router isis CORE
isis metric 0
exit
interface eth1
ip router isis CORE
ipv6 router isis CORE
isis network point-to-point
isis password md5 one-isp-link
exit
interface eth2
ip router isis CORE
ipv6 router isis CORE
isis network point-to-point
isis password md5 one-isp-link
end
write memory
exit
# stage: ibgp
vtysh
configure terminal
router bgp 64500
neighbor RR6 peer-group
neighbor RR6 remote-as 64500
neighbor RR6 update-source lo
neighbor 2001:db8:f::11 peer-group RR6
neighbor 2001:db8:f::12 peer-group RR6
neighbor RR4 peer-group
neighbor RR4 remote-as 64500
neighbor RR4 update-source lo
neighbor 192.0.2.11 peer-group RR4
neighbor 192.0.2.12 peer-group RR4
address-family ipv6 unicast
neighbor RR6 activate
exit
address-family ipv4 unicast
neighbor RR4 activate
end
write memory
exit
# stage: users
vtysh
configure terminal
ipv6 route <<seat_users>> blackhole
ip route <<seat_users4>> blackhole
ipv6 prefix-list TO-RR6 seq 10 permit <<seat_users>>
ip prefix-list TO-RR4 seq 10 permit <<seat_users4>>
route-map TO-RR6 permit 10
match ipv6 address prefix-list TO-RR6
exit
route-map TO-RR4 permit 10
match ip address prefix-list TO-RR4
exit
router bgp 64500
address-family ipv6 unicast
network <<seat_users>>
neighbor RR6 route-map TO-RR6 out
exit
address-family ipv4 unicast
network <<seat_users4>>
neighbor RR4 route-map TO-RR4 out
end
write memory
exit
# stage: customer
vtysh
configure terminal
ipv6 prefix-list CUST6-IN seq 10 permit <<seat_cust>> le 56
ip prefix-list CUST4-IN seq 10 permit <<seat_cust4>> le 30
ipv6 prefix-list TO-RR6 seq 20 permit <<seat_cust>>
ip prefix-list TO-RR4 seq 20 permit <<seat_cust4>>
ipv6 prefix-list CUST6-OUT seq 10 permit ::/0
ip prefix-list CUST4-OUT seq 10 permit 0.0.0.0/0
route-map CUST6-IN permit 10
match ipv6 address prefix-list CUST6-IN
exit
route-map CUST4-IN permit 10
match ip address prefix-list CUST4-IN
exit
route-map CUST6-OUT permit 10
match ipv6 address prefix-list CUST6-OUT
exit
route-map CUST4-OUT permit 10
match ip address prefix-list CUST4-OUT
end
exit
ping -c 3 2001:db8:f:c<<seat>>::b
vtysh
configure terminal
router bgp 64500
neighbor 2001:db8:f:c<<seat>>::b remote-as <<seat_asn>>
neighbor <<seat_edge4+1>> remote-as <<seat_asn>>
address-family ipv6 unicast
neighbor RR6 next-hop-self
neighbor 2001:db8:f:c<<seat>>::b route-map CUST6-IN in
neighbor 2001:db8:f:c<<seat>>::b route-map CUST6-OUT out
neighbor 2001:db8:f:c<<seat>>::b maximum-prefix 5
neighbor 2001:db8:f:c<<seat>>::b activate
exit
address-family ipv4 unicast
neighbor RR4 next-hop-self
neighbor <<seat_edge4+1>> route-map CUST4-IN in
neighbor <<seat_edge4+1>> route-map CUST4-OUT out
neighbor <<seat_edge4+1>> maximum-prefix 5
neighbor <<seat_edge4+1>> activate
end
write memory
exit
# stage: together
# Nothing to type: the network must now carry packets, also when a cable fails.
