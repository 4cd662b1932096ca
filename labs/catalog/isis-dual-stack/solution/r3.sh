# Typed into the node line by line. Nothing here is a script. A stage begins and ends at the prompt of bash.
# stage: join
vtysh
configure terminal
router isis CORE
is-type level-2-only
metric-style wide
exit
interface eth1
isis network point-to-point
exit
interface eth4
ip router isis CORE
isis network point-to-point
exit
interface eth5
ip router isis CORE
isis network point-to-point
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
interface eth1
ipv6 router isis CORE
exit
interface eth4
ipv6 router isis CORE
exit
interface eth5
ipv6 router isis CORE
end
write memory
exit
# stage: metrics
vtysh
configure terminal
interface eth1
isis metric <<plan.radio>>
exit
interface eth4
isis metric <<plan.radio>>
exit
interface eth5
isis metric <<plan.radio>>
end
write memory
exit
