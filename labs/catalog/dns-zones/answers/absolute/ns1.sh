# Typed into the node line by line. Nothing here is a script. A stage begins and ends at the prompt of bash.
# stage: zone
printf 'zone:\n  name: <<isp>>.example\n  include-pattern: own\n' >>/etc/nsd/nsd.conf && nsd-control reconfig
sed -i 's/^@  *NS .*/@ NS ns2.<<isp>>.example.\n@ NS ns1.<<isp>>.example./' /etc/nsd/zones/<<isp>>.example.zone && nsd-control reload
echo 'www AAAA 2001:db8:<<isp.net>>:1::80' >>/etc/nsd/zones/<<isp>>.example.zone && nsd-control reload
# stage: delegate
printf 'school.<<isp>>.example. IN NS ns.school.<<isp>>.example.\nns.school AAAA 2001:db8:<<isp.net>>:c::53\n' >>/etc/nsd/zones/<<isp>>.example.zone && nsd-control reload
# stage: reverse
cd /etc/nsd/zones
printf '$ORIGIN <<isp.rev>>.8.b.d.0.1.0.0.2.ip6.arpa.\n$TTL 60\n@ SOA ns1.<<isp>>.example. hostmaster.<<isp>>.example. 2026112801 3600 900 1209600 5\n' >reverse
printf '@ NS ns1.<<isp>>.example.\n@ NS ns2.<<isp>>.example.\n' >>reverse
echo '0.8.0.0.0.0.0.0.0.0.0.0.0.0.0.0.1.0.0.0 PTR www.<<isp>>.example.' >>reverse
echo 'c.0.0.0 NS ns.school.<<isp>>.example.' >>reverse
mv reverse /etc/nsd/zones/<<isp.rev>>.8.b.d.0.1.0.0.2.ip6.arpa.zone
printf 'zone:\n  name: <<isp.rev>>.8.b.d.0.1.0.0.2.ip6.arpa\n  include-pattern: own\n' >>/etc/nsd/nsd.conf && nsd-control reconfig
# stage: transfer
printf 'key:\n  name: transfer\n  algorithm: hmac-sha256\n  secret: <<isp.secret>>\n' >>/etc/nsd/nsd.conf
sed -i 's|provide-xfr: .*|provide-xfr: ::/0 transfer\n  notify: 2001:db8:<<isp.net>>:2::53 transfer|' /etc/nsd/nsd.conf && nsd-control reconfig
sleep 8; sed -i 's/2026112801/2026112802/; $a status AAAA 2001:db8:<<isp.net>>:2::80' /etc/nsd/zones/<<isp>>.example.zone && nsd-control reload
# stage: resolver
# Nothing to type here: this is about res.
