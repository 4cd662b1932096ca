# The address is the kernel's; the prefix and the lifetime of the router are configured, not derived.
ip addr add <<site:a::1/64>> dev eth0
vtysh
configure terminal
interface eth0
ipv6 nd prefix <<site:a::/64>>
ipv6 nd rdnss <<site:53::53>>
ipv6 nd router-preference high
ipv6 nd ra-interval 2
ipv6 nd ra-lifetime 9
no ipv6 nd suppress-ra
end
write memory
exit
