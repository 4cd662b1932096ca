# Prefix lists at the neighbours filter both ways; only the preference needs a route map.
vtysh
configure terminal
ipv6 route <<own>> blackhole
ipv6 prefix-list OURS seq 5 permit <<own>>
ipv6 prefix-list GOOD seq 5 deny <<own>> le 128
ipv6 prefix-list GOOD seq 10 permit ::/0 le 48
route-map PREFER permit 10
set local-preference 150
exit
router bgp <<me>>
bgp router-id <<my_id>>
bgp ebgp-requires-policy
no bgp default ipv4-unicast
neighbor <<north_net:0:1::1>> remote-as <<north_as>>
neighbor <<south_net:0:1::1>> remote-as <<south_as>>
address-family ipv6 unicast
network <<own>>
neighbor <<north_net:0:1::1>> activate
neighbor <<north_net:0:1::1>> prefix-list OURS out
neighbor <<north_net:0:1::1>> prefix-list GOOD in
neighbor <<north_net:0:1::1>> route-map PREFER in
neighbor <<south_net:0:1::1>> activate
neighbor <<south_net:0:1::1>> prefix-list OURS out
neighbor <<south_net:0:1::1>> prefix-list GOOD in
end
write memory
exit
