# Typed into the node line by line. Nothing here is a script. A stage begins and ends at the prompt of bash.
# stage: seven
vtysh
configure terminal
interface lo
ipv6 router isis CORE
end
write memory
exit
# stage: eight
vtysh
configure terminal
ip prefix-list CUST4-IN seq 10 permit <<cust4>>
end
write memory
exit
# stage: ten
ip link set eth0 mtu 1500
