# stage: routes
vtysh
configure terminal
ipv6 route ::/0 2001:db8:500:13::3
ipv6 route 2001:db8:500::/48 2001:db8:500:12::2
ipv6 route 2001:db8:500:7::/64 2001:db8:500:13::3
ipv6 route 2001:db8:500:9::/64 2001:db8:500:12::2
ipv6 route 2001:db8:500:9::/64 2001:db8:500:13::3 200
end
exit
