vtysh
configure terminal
interface eth0
no ipv6 address <<site:a::2/60>>
exit
exit
exit
ip addr add <<site:a::2/64>> dev eth0
vtysh
configure terminal
interface eth0
ipv6 nd rdnss <<site:53::53>>
ipv6 nd router-preference low
no ipv6 nd suppress-ra
end
write memory
exit
