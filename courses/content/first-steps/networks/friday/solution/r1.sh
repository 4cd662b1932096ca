# stage: sessions
vtysh
configure terminal
router bgp 64500
bgp router-id 192.0.2.1
no bgp default ipv4-unicast
neighbor 2001:db8:f1::1 remote-as 64496
neighbor 2001:db8:f1::1 description upstream
neighbor 2001:db8:f2::1 remote-as 64497
neighbor 2001:db8:f2::1 description peer
address-family ipv6 unicast
network 2001:db8:500::/48
neighbor 2001:db8:f1::1 activate
neighbor 2001:db8:f2::1 activate
end
exit
# stage: policy
vtysh
configure terminal
ipv6 prefix-list OURS seq 5 permit 2001:db8:500::/48
ipv6 prefix-list FROM-PEER seq 5 permit 2001:db8:700::/48
ipv6 prefix-list FROM-UP seq 5 deny 2001:db8:500::/48 le 128
ipv6 prefix-list FROM-UP seq 10 permit ::/0 le 48
route-map SEND-OURS permit 10
match ipv6 address prefix-list OURS
exit
route-map FROM-PEER permit 10
match ipv6 address prefix-list FROM-PEER
exit
route-map FROM-UP permit 10
match ipv6 address prefix-list FROM-UP
exit
router bgp 64500
address-family ipv6 unicast
neighbor 2001:db8:f1::1 route-map SEND-OURS out
neighbor 2001:db8:f1::1 route-map FROM-UP in
neighbor 2001:db8:f2::1 route-map SEND-OURS out
neighbor 2001:db8:f2::1 route-map FROM-PEER in
end
exit
