# stage: heard
vtysh
configure terminal
ipv6 prefix-list CUSTOMER seq 5 permit 2001:db8:66::/48
route-map FROM-CUSTOMER permit 10
match ipv6 address prefix-list CUSTOMER
exit
route-map FROM-UP permit 10
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
neighbor 2001:db8:f1::1 route-map FROM-UP in
neighbor 2001:db8:f2::1 activate
neighbor 2001:db8:f2::1 route-map FROM-CUSTOMER in
end
exit
# stage: cache
vtysh
configure terminal
rpki
rpki cache tcp 2001:db8:f3::1 3323 preference 1
exit
end
exit
