# Typed into the node line by line. Nothing here is a script. A stage begins and ends at the prompt of bash.
# stage: list
for f in 4 6; do bgpq4 -h irr -p -$f -l COAST$f AS<<coast_as>>:AS-CUSTOMERS; done >/tmp/coast.conf; vtysh -f /tmp/coast.conf
vtysh
configure terminal
route-map FROM-COAST6 permit 10
match ipv6 address prefix-list COAST6
exit
route-map FROM-COAST4 permit 10
match ip address prefix-list COAST4
end
exit
# stage: sources
bgpq4 -h irr -p -6 -S RPKI,RIR -l COAST6 AS<<coast_as>>:AS-CUSTOMERS >/tmp/coast.conf
bgpq4 -h irr -p -4 -S RPKI,RIR -l COAST4 AS<<coast_as>>:AS-CUSTOMERS >>/tmp/coast.conf
vtysh -f /tmp/coast.conf
# stage: outside
vtysh
configure terminal
ipv6 prefix-list WORLD6 deny <<own>> le 128
ipv6 prefix-list WORLD6 permit 2000::/3 ge 16 le 48
ip prefix-list WORLD4 deny 10.0.0.0/8 le 32
ip prefix-list WORLD4 deny 172.16.0.0/12 le 32
ip prefix-list WORLD4 deny 192.168.0.0/16 le 32
ip prefix-list WORLD4 deny 100.64.0.0/10 le 32
ip prefix-list WORLD4 deny <<own4>> le 32
ip prefix-list WORLD4 permit 0.0.0.0/0 ge 8 le 27
route-map FROM-UP6 permit 10
match ipv6 address prefix-list WORLD6
exit
route-map FROM-UP4 permit 10
match ip address prefix-list WORLD4
end
exit
# stage: growth
# Without its first line, a generated list is added to the list that is there. FRR waits five seconds before changed lists take effect, and a limit counts at once.
bgpq4 -h irr -p -6 -S RPKI,RIR -l COAST6 AS<<harbour_as>> | grep permit >/tmp/harbour.conf
bgpq4 -h irr -p -4 -S RPKI,RIR -l COAST4 AS<<harbour_as>> | grep permit >>/tmp/harbour.conf
vtysh -f /tmp/harbour.conf; sleep 8
vtysh
configure terminal
router bgp <<me>>
address-family ipv6 unicast
neighbor <<own:c1::2>> maximum-prefix 8
exit-address-family
address-family ipv4 unicast
neighbor <<own4+241>> maximum-prefix 8
end
write memory
exit
