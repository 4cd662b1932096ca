# What a learner would type on r1, line by line: each ends with the Enter key. Lines that begin with # are not typed.
# Each stage begins and ends at the prompt of bash, for whoever skips to a later stage gets the lines of those before.
# stage: address
vtysh
configure terminal
interface eth0
ipv6 address 2001:db8:0:1::1/64
end
write memory
exit
# stage: route
vtysh
configure terminal
ipv6 route 2001:db8:500::/48 2001:db8:0:12::2
end
write memory
exit
