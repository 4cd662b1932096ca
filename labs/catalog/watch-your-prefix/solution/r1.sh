# Typed into the node line by line. Nothing here is a script. A stage begins and ends at the prompt of bash.
# stage: feed
vtysh
configure terminal
router bgp <<me>>
bmp targets NOC
bmp connect <<own:d::10>> port 1790 min-retry 1000 max-retry 2000
bmp monitor ipv6 unicast pre-policy
exit
address-family ipv6 unicast
neighbor <<up_net:0:1::1>> soft-reconfiguration inbound
end
write memory
exit
# stage: watch
# Nothing to type on r1.
# stage: answer
# r1 has received the hijack before anybody answers it.
timeout 17 sh -c "until vtysh -c 'show bgp ipv6 unicast neighbors <<up_net:0:1::1>> received-routes' | grep -q '<<own:6600::/40>>'; do sleep 1; done"; vtysh -c 'configure terminal' -c 'ipv6 prefix-list OURS permit <<own:6680::/41>>'
vtysh
configure terminal
ipv6 route <<own:6600::/41>> blackhole
ipv6 route <<own:6680::/41>> blackhole
ipv6 prefix-list OURS permit <<own:6600::/41>>
router bgp <<me>>
address-family ipv6 unicast
network <<own:6600::/41>>
network <<own:6680::/41>>
end
write memory
exit
# stage: after
# The answer goes only when the upstream no longer has the false route.
timeout 17 sh -c "while vtysh -c 'show bgp ipv6 unicast neighbors <<up_net:0:1::1>> received-routes' | grep -q '<<own:6600::/40>>'; do sleep 1; done"
vtysh
configure terminal
router bgp <<me>>
address-family ipv6 unicast
no network <<own:6600::/41>>
no network <<own:6680::/41>>
exit
exit
no ipv6 prefix-list OURS permit <<own:6600::/41>>
no ipv6 prefix-list OURS permit <<own:6680::/41>>
no ipv6 route <<own:6600::/41>> blackhole
no ipv6 route <<own:6680::/41>> blackhole
end
write memory
exit
