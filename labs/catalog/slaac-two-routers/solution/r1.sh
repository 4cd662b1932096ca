# Typed into the node line by line. Nothing here is a script. A stage begins and ends at the prompt of bash.
# stage: advertise
vtysh
configure terminal
interface eth0
ipv6 address <<site:a::1/64>>
no ipv6 nd suppress-ra
end
write memory
exit
# stage: resolver
vtysh
configure terminal
interface eth0
ipv6 nd rdnss <<site:53::53>>
end
write memory
exit
# stage: backup
vtysh
configure terminal
interface eth0
ipv6 nd router-preference high
end
write memory
exit
# stage: failover
# Nothing to type: three times the interval of two seconds is a short lifetime.
