# stage: agent
sed -i '/^rocommunity6/d' /etc/snmp/snmpd.conf
echo 'createUser watch SHA-256 tide-<<code>>-north AES reef-<<code>>-south' >>/etc/snmp/snmpd.conf
echo 'rouser watch priv' >>/etc/snmp/snmpd.conf; snmp-again
nft add table inet guard
nft add chain inet guard in '{ type filter hook input priority 0; policy accept; }'
nft add rule inet guard in udp dport 161 ip6 saddr != <<own:99::/64>> drop
# stage: counters
echo 'master agentx' >>/etc/snmp/snmpd.conf
echo 'agentXPerms 0770 0755 root frr' >>/etc/snmp/snmpd.conf; snmp-again
vtysh
configure terminal
agentx
end
write memory
exit
# stage: flows
softflowd -i eth0 -v 9 -n '[<<own:99::ff>>]:2055' -t maxlife=5 -t expint=1
# stage: who
# Nothing to type here: the records are on noc.
