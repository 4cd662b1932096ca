# The lines that a learner would type on r1, each ended with the Enter key. Lines that begin with # are not typed.
# Each stage begins and ends at the bash prompt, because the lines of earlier stages are typed for a learner who skips them.
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
