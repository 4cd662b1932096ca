# stage: advertised
vtysh
configure terminal
interface eth0
no ipv6 nd suppress-ra
end
exit
