# Typed into the node line by line. Nothing here is a script. A stage begins and ends at the prompt of bash.
# stage: sessions
vtysh
configure terminal
router bgp 64500
bgp router-id 192.0.2.1
no bgp default ipv4-unicast
neighbor 3fff:496:0:1::1 remote-as 64496
neighbor 3fff:511:0:1::1 remote-as 64511
address-family ipv6 unicast
neighbor 3fff:496:0:1::1 activate
neighbor 3fff:511:0:1::1 activate
end
write memory
exit
# stage: originate
vtysh
configure terminal
ipv6 route 2001:db8:500::/48 blackhole
ipv6 prefix-list OURS seq 10 permit 2001:db8:500::/48
route-map OUT permit 10
match ipv6 address prefix-list OURS
exit
router bgp 64500
address-family ipv6 unicast
network 2001:db8:500::/48
neighbor 3fff:496:0:1::1 route-map OUT out
neighbor 3fff:511:0:1::1 route-map OUT out
end
write memory
exit
# stage: learn
vtysh
configure terminal
ipv6 prefix-list GOOD seq 10 deny 2001:db8:500::/48 le 128
ipv6 prefix-list GOOD seq 20 permit ::/0 le 48
route-map IN permit 10
match ipv6 address prefix-list GOOD
exit
router bgp 64500
address-family ipv6 unicast
neighbor 3fff:496:0:1::1 route-map IN in
neighbor 3fff:511:0:1::1 route-map IN in
end
write memory
exit
# stage: quiet
# Nothing to type: OUT permits one prefix by name.
# stage: prefer
vtysh
configure terminal
route-map NORTH-IN permit 10
match ipv6 address prefix-list GOOD
set local-preference 200
exit
router bgp 64500
address-family ipv6 unicast
neighbor 3fff:496:0:1::1 route-map NORTH-IN in
end
write memory
exit
