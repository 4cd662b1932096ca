# stage: transit
true
# stage: member
vtysh
configure terminal
router bgp 64500
no neighbor 2001:db8:ee::53 shutdown
no neighbor 2001:db8:ee::1 shutdown
no neighbor 2001:db8:ee::f8 shutdown
end
exit
