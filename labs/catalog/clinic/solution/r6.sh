# Typed into the node line by line. Nothing here is a script. A stage begins and ends at the prompt of bash.
# stage: five
vtysh
configure terminal
ipv6 forwarding
end
write memory
exit
# stage: six
nft flush chain ip edge sources
nft add rule ip edge sources iifname eth0 ip saddr != <<own4+192/27>> counter drop
# stage: nine
vtysh
configure terminal
interface eth2
isis network point-to-point
end
write memory
exit
