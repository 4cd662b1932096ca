# Typed into the node line by line. Nothing here is a script. A stage begins and ends at the prompt of bash.
# stage: roas
printf '%s\n' '<<own:c::/48>> => AS<<shop_as>>' '<<own:a::/48>>-48 => AS<<me>>  # the data centre' >/etc/registry/roas
publish
echo '<<own>>-32 => <<me>>' >>/etc/registry/roas
publish
# stage: objects
printf 'as-set: AS<<me>>:AS-ALL\nmembers: AS<<me>>, AS<<shop_as>>\nmnt-by: MNT-AS<<me>>\nsource: RIR\n' >/etc/registry/objects
for p in <<own>> <<own:a::/48>>; do printf '\nroute6: %s\norigin: AS<<me>>\nmnt-by: MNT-AS<<me>>\nsource: RIR\n' $p >>/etc/registry/objects; done
printf '\nroute6: <<own:c::/48>>\norigin: AS<<shop_as>>\nmnt-by: MNT-AS<<me>>\nsource: RIR\n' >>/etc/registry/objects
publish
# stage: move
for i in {1..9}; do lg up | grep -q '<<own>> *valid' && break; sleep 1; done; sleep 5; echo '<<own:c::/48>> => <<me>>' >>/etc/registry/roas
printf '\nroute6: <<own:c::/48>>\norigin: AS<<me>>\nmnt-by: MNT-AS<<me>>\nsource: RIR\n' >>/etc/registry/objects
publish
vtysh
configure terminal
ipv6 route <<own:c::/48>> <<own:f::2>> eth2
ipv6 prefix-list OURS seq 20 permit <<own>> ge 48 le 48
router bgp <<me>>
address-family ipv6 unicast
network <<own:c::/48>>
end
write memory
exit
for i in {1..8}; do lg up | grep -c '<<own:c::/48>> *valid' | grep -q 2 && break; sleep 1; done
# stage: after
sed -i '/<<shop_as>>/d' /etc/registry/roas
printf 'as-set: AS<<me>>:AS-ALL\nmembers: AS<<me>>\nmnt-by: MNT-AS<<me>>\nsource: RIR\n' >/etc/registry/objects
for p in <<own>> <<own:a::/48>> <<own:c::/48>>; do printf '\nroute6: %s\norigin: AS<<me>>\nmnt-by: MNT-AS<<me>>\nsource: RIR\n' $p >>/etc/registry/objects; done
publish
