# Typed into the node line by line. Nothing here is a script. A stage begins and ends at the prompt of bash.
# stage: backup
vtysh
configure terminal
interface eth0
no ipv6 address <<site:a::2/60>>
ipv6 address <<site:a::2/64>>
ipv6 nd rdnss <<site:53::53>>
ipv6 nd router-preference low
no ipv6 nd suppress-ra
end
write memory
exit
