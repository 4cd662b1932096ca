# Typed into the node line by line. Nothing here is a script. A stage begins and ends at the prompt of bash.
# stage: watch
noc watch <<seat_net6>> <<seat_asn>> <<seat_home_asn>>
noc watch <<seat_net4>> <<seat_asn>> <<seat_home_asn>>
# stage: first
noc duty 1
vtysh
configure terminal
router bgp <<seat_asn>>
address-family ipv6 unicast
network <<seat_low6>>
network <<seat_high6>>
exit
address-family ipv4 unicast
network <<seat_low4>>
network <<seat_high4>>
end
exit
noc call AS<<seat_far_asn>> "hijack of <<seat_part6>> and <<seat_part4>> by AS64511, please filter"; timeout 18 bash -c 'until [ $(noc alarms | grep -c ALARM) = $(noc alarms | grep -c END) ]; do sleep 0.5; done'
vtysh
configure terminal
router bgp <<seat_asn>>
address-family ipv6 unicast
no network <<seat_low6>>
no network <<seat_high6>>
exit
address-family ipv4 unicast
no network <<seat_low4>>
no network <<seat_high4>>
end
write memory
exit
# stage: second
noc duty 2
noc call AS64510 "you leak <<seat_far6>> and <<seat_far4>> to us"
vtysh
configure terminal
ipv6 prefix-list CUSTOMER6 permit 3fff:510::/32
ip prefix-list CUSTOMER4 permit 203.0.113.64/27
route-map CUSTOMER6-IN permit 10
match ipv6 address prefix-list CUSTOMER6
exit
route-map CUSTOMER4-IN permit 10
match ip address prefix-list CUSTOMER4
end
write memory
exit
# stage: third
noc duty 3
noc call AS<<seat_far_asn>> "forged origin: AS64511 announces <<seat_net6>> and <<seat_net4>> with our AS at the end, please filter"
# stage: report
printf '%s\n' 'what: hijack' 'prefix: <<seat_part6>>' 'path: <<seat_far_asn>> 64511' >/etc/report
echo "known: $(noc alarms | grep -m 1 'ALARM <<seat_part6>>')" >>/etc/report
echo "called: $(noc calls | grep -m 1 hijack)" >>/etc/report
echo "mended: $(noc alarms | grep -m 1 'END *<<seat_part6>>')" >>/etc/report
printf '%s\n' 'why: The far transit AS<<seat_far_asn>> has no filter for its customer AS64511.' >>/etc/report
printf '%s\n' 'next: We ask both transits for filters of all customers.' >>/etc/report
noc report
