# Typed into the node line by line. Nothing here is a script. A stage begins and ends at the prompt of bash.
# stage: backbone
vtysh
configure terminal
interface lo
ipv6 address <<net:0::2/128>>
exit
interface to-r1
ipv6 address <<net:0:12::b/127>>
exit
ipv6 route ::/0 <<net:0:12::a>>
end
write memory
exit
# stage: lans
vtysh
configure terminal
interface lan
ipv6 address <<plan.office2>>/64
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
