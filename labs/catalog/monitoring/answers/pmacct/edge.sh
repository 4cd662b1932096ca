# Access by view, a filter by interface that persists in a file, and pmacctd in the place of softflowd.
printf '%s\n' 'agentaddress udp6:[<<own:99::1>>]:161' 'createUser watch SHA-256 tide-<<code>>-north AES reef-<<code>>-south' 'group readers usm watch' 'view all included .1' 'access readers "" usm priv exact all none none' 'master agentx' 'agentXPerms 0770 0755 root frr' >/etc/snmp/snmpd.conf
snmp-again
printf '%s\n' 'table inet manage {' ' chain in {' '  type filter hook input priority filter; policy accept;' '  iifname != { "mgmt", "lo" } meta l4proto { tcp, udp } th dport 161 drop' ' }' '}' >/etc/nftables.conf
nft -f /etc/nftables.conf
vtysh -c 'configure terminal' -c 'agentx' -c 'end' -c 'write memory'
printf '%s\n' 'daemonize: true' 'pcap_interface: eth0' 'plugins: nfprobe' 'aggregate: src_host, dst_host, src_port, dst_port, proto' 'nfprobe_receiver: [<<own:99::ff>>]:2055' 'nfprobe_version: 10' 'nfprobe_timeouts: general=2:maxlife=4:expint=1' >/etc/pmacct/line.conf
pmacctd -f /etc/pmacct/line.conf
