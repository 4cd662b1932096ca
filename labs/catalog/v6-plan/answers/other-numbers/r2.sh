# Another plan that keeps the rules: other networks, other interface identifiers.
# stage: backbone
vtysh
configure terminal
interface lo
ipv6 address <<net:0::a0/128>>
exit
interface to-r1
ipv6 address <<net:7:1::b/127>>
exit
ipv6 route ::/0 <<net:7:1::a>> to-r1
end
write memory
exit
# stage: lans
vtysh
configure terminal
interface lan
ipv6 address <<plan.other2>>/64
no ipv6 nd suppress-ra
end
write memory
exit
# stage: sites
vtysh
configure terminal
ipv6 route <<plan.site2>> blackhole
end
write memory
exit
