# Typed into the node line by line. Nothing here is a script. A stage begins and ends at the prompt of bash.
# stage: ask
vtysh
configure terminal
bgp community-list standard BLACKHOLE permit blackhole
ipv6 route <<own:a::80/128>> eth1 tag 666
ip route <<own4+80/32>> eth1 tag 666
route-map TRIGGER6 permit 10
match tag 666
set community blackhole
exit
route-map TRIGGER4 permit 10
match tag 666
set community blackhole
exit
route-map UP6-OUT permit 10
match community BLACKHOLE
exit
route-map UP4-OUT permit 10
match community BLACKHOLE
exit
router bgp <<me>>
address-family ipv6 unicast
redistribute static route-map TRIGGER6
exit-address-family
address-family ipv4 unicast
redistribute static route-map TRIGGER4
end
write memory
exit
# stage: others
# Nothing to type here: this stage only looks.
# stage: customer
vtysh
configure terminal
ipv6 route 100::/64 blackhole
ip route 10.66.66.66/32 blackhole
ipv6 prefix-list SCHOOL-HOSTS6 permit <<school_net>> ge 128
ip prefix-list SCHOOL-HOSTS4 permit <<school4>> ge 32
route-map SCHOOL6-IN permit 10
match ipv6 address prefix-list SCHOOL-HOSTS6
match community BLACKHOLE
set ipv6 next-hop global 100::1
set ipv6 next-hop prefer-global
exit
route-map SCHOOL4-IN permit 10
match ip address prefix-list SCHOOL-HOSTS4
match community BLACKHOLE
set ip next-hop 10.66.66.66
end
write memory
exit
