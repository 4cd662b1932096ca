# Typed into the node line by line. Nothing here is a script. A stage begins and ends at the prompt of bash.
# stage: join
vtysh
configure terminal
router isis CORE
net 49.0001.0000.0000.0004.00
is-type level-2-only
exit
interface lo
ip router isis CORE
exit
interface eth2
ip router isis CORE
isis network point-to-point
exit
interface eth3
ip router isis CORE
isis network point-to-point
exit
interface eth0
ip router isis CORE
isis passive
end
write memory
exit
# stage: six
vtysh
configure terminal
router isis CORE
topology ipv6-unicast
exit
interface lo
ipv6 router isis CORE
exit
interface eth0
ipv6 router isis CORE
exit
interface eth2
ipv6 router isis CORE
exit
interface eth3
ipv6 router isis CORE
end
write memory
exit
# stage: metrics
vtysh
configure terminal
interface eth3
isis metric <<plan.radio>>
end
write memory
exit
