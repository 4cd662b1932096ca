# Typed into the node line by line. Nothing here is a script. A stage begins and ends at the prompt of bash.
# stage: feed
vtysh
configure terminal
router bgp <<me>>
address-family ipv6 unicast
neighbor <<up_net:0:1::1>> soft-reconfiguration inbound
exit
bmp targets WATCH
bmp monitor ipv6 unicast pre-policy
bmp monitor ipv6 unicast post-policy
bmp monitor ipv6 unicast loc-rib
bmp connect <<own:d::10>> port 1790 min-retry 1000 max-retry 2000
end
write memory
exit
# stage: watch
# Nothing to type on r1.
# stage: answer
# r1 has received the hijack before anybody answers it.
timeout 17 sh -c "until vtysh -c 'show bgp ipv6 unicast neighbors <<up_net:0:1::1>> received-routes' | grep -q '<<own:6600::/40>>'; do sleep 1; done"; vtysh
configure terminal
ipv6 route <<own:6600::/42>> blackhole
ipv6 route <<own:6640::/42>> blackhole
ipv6 route <<own:6680::/42>> blackhole
ipv6 route <<own:66c0::/42>> blackhole
ipv6 prefix-list OURS seq 20 permit <<own:6600::/40>> ge 42 le 42
router bgp <<me>>
address-family ipv6 unicast
network <<own:6600::/42>>
network <<own:6640::/42>>
network <<own:6680::/42>>
network <<own:66c0::/42>>
end
write memory
exit
# stage: after
timeout 17 sh -c "while vtysh -c 'show bgp ipv6 unicast neighbors <<up_net:0:1::1>> received-routes' | grep -q '<<own:6600::/40>>'; do sleep 1; done"
vtysh
configure terminal
no ipv6 prefix-list OURS seq 20
router bgp <<me>>
address-family ipv6 unicast
no network <<own:6600::/42>>
no network <<own:6640::/42>>
no network <<own:6680::/42>>
no network <<own:66c0::/42>>
exit
exit
no ipv6 route <<own:6600::/42>> blackhole
no ipv6 route <<own:6640::/42>> blackhole
no ipv6 route <<own:6680::/42>> blackhole
no ipv6 route <<own:66c0::/42>> blackhole
end
write memory
exit
