# Another plan that keeps the rules: other networks, other interface identifiers.
# stage: backbone
vtysh
configure terminal
interface lo
ipv6 address <<net:0::fe/128>>
exit
interface to-r2
ipv6 address <<net:7:1::a/127>>
exit
interface to-r3
ipv6 address <<net:0:d00f::a/127>>
exit
ipv6 route <<net:0::a0/128>> <<net:7:1::b>> to-r2
ipv6 route <<net:0::1c/128>> <<net:0:d00f::b>> to-r3
end
write memory
exit
# stage: lans
vtysh
configure terminal
interface lan
ipv6 address <<plan.other1>>/64
no ipv6 nd suppress-ra
exit
ipv6 route <<plan.site2>> <<net:7:1::b>> to-r2
ipv6 route <<plan.site3>> <<net:0:d00f::b>> to-r3
end
write memory
exit
# stage: sites
vtysh
configure terminal
ipv6 route <<net>> blackhole
end
write memory
exit
