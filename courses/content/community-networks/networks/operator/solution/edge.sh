# stage: transit
# stage: peer
vtysh
configure terminal
ipv6 prefix-list CAMPUS seq 5 permit 2001:db8:ca::/48
route-map FROM-CAMPUS permit 10
match ipv6 address prefix-list CAMPUS
set local-preference 200
exit
router bgp 64500
neighbor 2001:db8:1e:1::ca remote-as 64499
neighbor 2001:db8:1e:1::ca local-role peer
neighbor 2001:db8:1e:1::ca timers connect 1
address-family ipv6 unicast
neighbor 2001:db8:1e:1::ca activate
neighbor 2001:db8:1e:1::ca route-map FROM-CAMPUS in
neighbor 2001:db8:1e:1::ca route-map OWN-ONLY out
neighbor 2001:db8:1e:1::ca maximum-prefix 10
end
exit
