# Typed into the node line by line. Nothing here is a script. A stage begins and ends at the prompt of bash.
# stage: roas
echo '<<own>> => <<me>>' >>/etc/registry/roas
echo '<<own:a::/48>> => <<me>>' >>/etc/registry/roas
echo '<<own:c::/48>> => <<shop_as>>' >>/etc/registry/roas; publish
# stage: objects
sed -i '/2019/d; s/AS<<old_as>>$/AS<<me>>/' /etc/registry/objects
printf '\nroute6: <<own:a::/48>>\norigin: AS<<me>>\nmnt-by: MNT-AS<<me>>\nsource: RIR\n' >>/etc/registry/objects
printf '\nas-set: AS<<me>>:AS-ALL\nmembers: AS<<me>>\nmnt-by: MNT-AS<<me>>\nsource: RIR\n' >>/etc/registry/objects; publish
# stage: move
# The move begins when the upstream has the ROAs of the first stage.
for i in {1..9}; do lg up | grep -q '<<own>> *valid' && break; sleep 1; done; sleep 5; echo '<<own:c::/48>> => <<me>>' >>/etc/registry/roas
printf '\nroute6: <<own:c::/48>>\norigin: AS<<me>>\nmnt-by: MNT-AS<<me>>\nsource: RIR\n' >>/etc/registry/objects
publish
vtysh
configure terminal
ipv6 route <<own:c::/48>> <<own:f::2>>
ipv6 prefix-list OURS permit <<own:c::/48>>
router bgp <<me>>
address-family ipv6 unicast
network <<own:c::/48>>
end
write memory
exit
# stage: after
# The old ROA goes only when the upstream has both routes, and both are valid.
for i in {1..8}; do lg up | grep -c '<<own:c::/48>> *valid' | grep -q 2 && break; sleep 1; done; sed -i '/=> <<shop_as>>$/d' /etc/registry/roas
perl -00 -ni -e 'print unless /^origin: *AS<<shop_as>>$/m' /etc/registry/objects
publish
