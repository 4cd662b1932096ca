# Typed into the node line by line. Nothing here is a script. A stage begins and ends at the prompt of bash.
# stage: address
sed -i 's/AdvManagedFlag off/AdvManagedFlag on/' /etc/radvd.conf
restart-radvd
# stage: prefix
sed -i 's|"pools":|"pd-pools": [ { "prefix": "<<net:4000::>>", "prefix-len": 40, "delegated-len": 56 } ],\n        &|' /etc/kea/kea-dhcp6.conf && restart-kea
# stage: route
sed -i 's|# Missing:.*|ip -6 route replace "$prefix" via "$QUERY6_REMOTE_ADDR" dev "$QUERY6_IFACE_NAME"|' /usr/share/kea/scripts/delegated
sed -i 's|// "hooks|"hooks|' /etc/kea/kea-dhcp6.conf && restart-kea
ip -6 route add blackhole <<net:4000::/40>>
# stage: same
sed -i 's|"pd-pools":|"reservations": [ { "duid": "00:03:00:01:00:00:5e:00:53:77", "prefixes": [ "<<contract.prefix>>" ] } ],\n        &|' /etc/kea/kea-dhcp6.conf && restart-kea
