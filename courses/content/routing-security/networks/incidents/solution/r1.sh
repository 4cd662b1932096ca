# stage: quiet
vtysh
configure terminal
rpki
rpki cache tcp 2001:db8:f3::1 3323 preference 1
exit
route-map NOT-INVALID deny 5
match rpki invalid
exit
route-map NOT-INVALID permit 10
exit
router bgp 64500
bgp router-id 192.0.2.1
no bgp default ipv4-unicast
neighbor 2001:db8:f1::1 remote-as 64497
neighbor 2001:db8:f1::1 description upstream
neighbor 2001:db8:f2::1 remote-as 64511
neighbor 2001:db8:f2::1 description customer
address-family ipv6 unicast
neighbor 2001:db8:f1::1 activate
neighbor 2001:db8:f1::1 route-map NOT-INVALID in
neighbor 2001:db8:f2::1 activate
neighbor 2001:db8:f2::1 route-map NOT-INVALID in
end
exit
