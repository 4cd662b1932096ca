# Another way: one line for all addresses, the test looks for the record in both families, and the addresses go as well.
# stage: collector
# stage: glass
# stage: instance
ip -6 address add <<any6:0::53/128>> dev lo
ip address add <<any4+53/32>> dev lo
sed -i 's/^    interface: .*/    interface: ::0\n    interface: 0.0.0.0\n    interface-automatic: yes/' /etc/unbound/unbound.conf
restart-dns
# stage: health
sed -i '/^well/,/^}/d; /^announce()/,/^}/d; /^withdraw()/,/^}/d' /etc/announce.conf
echo 'asked() { dig +short +tries=1 +time=1 @$1 www.lagoon.example AAAA; }' >>/etc/announce.conf
echo 'well() { [ "$(asked <<any6:0::53>>)" = <<campus_net:80::80>> ] && [ "$(asked <<any4+53>>)" = <<campus_net:80::80>> ]; }' >>/etc/announce.conf
echo 'announce() { birdc enable rs_6; birdc enable rs_4; }' >>/etc/announce.conf
echo 'withdraw() { birdc disable rs_6; birdc disable rs_4; }' >>/etc/announce.conf
sed -i 's/^enabled=.*/enabled=yes/' /etc/announce.conf
