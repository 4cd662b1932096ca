# stage: joined
vtysh
configure terminal
router bgp 64500
bgp router-id 192.0.2.1
no bgp ebgp-requires-policy
no bgp default ipv4-unicast
neighbor 2001:db8:f1::1 remote-as 64496
neighbor 2001:db8:f1::1 ttl-security hops 1
address-family ipv6 unicast
network 2001:db8:500::/48
neighbor 2001:db8:f1::1 activate
end
exit
