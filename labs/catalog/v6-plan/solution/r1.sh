# Typed into the node line by line. Nothing here is a script. A stage begins and ends at the prompt of bash.
# stage: backbone
vtysh
configure terminal
interface lo
ipv6 address <<net:0::1/128>>
exit
interface to-r2
ipv6 address <<net:0:12::a/127>>
exit
interface to-r3
ipv6 address <<net:0:13::a/127>>
exit
ipv6 route <<net:0::2/128>> <<net:0:12::b>>
ipv6 route <<net:0::3/128>> <<net:0:13::b>>
end
write memory
exit
# stage: lans
vtysh
configure terminal
interface lan
ipv6 address <<plan.office1>>/64
no ipv6 nd suppress-ra
exit
ipv6 route <<plan.site2>> <<net:0:12::b>>
ipv6 route <<plan.site3>> <<net:0:13::b>>
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
