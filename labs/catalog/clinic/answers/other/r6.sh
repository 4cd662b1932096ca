# Typed into the node line by line. Nothing here is a script. A stage begins and ends at the prompt of bash.
# stage: five
sysctl -w net.ipv6.conf.all.forwarding=1
# stage: six
nft delete table ip edge
nft add table inet edge
nft add chain inet edge sources '{ type filter hook prerouting priority raw; }'
nft add rule inet edge sources iifname eth0 fib saddr . iif oif missing drop
# stage: nine
vtysh
configure terminal
interface eth2
isis network point-to-point
end
write memory
exit
