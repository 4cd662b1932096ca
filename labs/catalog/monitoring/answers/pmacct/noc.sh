mkdir -p /var/flows
nfcapd -D -w /var/flows -b <<own:99::ff>> -6 -p 2055 -t 3
for t in 1 2 3 4 5 6 7 8; do snmpget -r 0 -Oqv udp6:edge 1.3.6.1.2.1.31.1.1.1.10.2 && break; sleep 1; done
a=$(snmpget -Oqv udp6:[<<own:99::1>>] 1.3.6.1.2.1.31.1.1.1.10.2); sleep 15; b=$(snmpget -Oqv udp6:[<<own:99::1>>] 1.3.6.1.2.1.31.1.1.1.10.2)
sed -i "s|^line out:.*|line out: $(awk "BEGIN { printf \"%.2f\", ($b - $a) * 8 / 15e6 }") Mbit/s|" /etc/report
report
nfdump -q -6 -R /var/flows -s srcip/bytes -n 1 'src net <<cust>>'
sed -i "s|^from:.*|from: $(nfdump -q -6 -R /var/flows -s srcip/bytes -n 1 'src net <<cust>>' | grep -oE '[0-9a-f:]+::10')|; s|^to:.*|to: <<cloud.address>>|; s|^share:.*|share: about $((100 * <<rate>> * 100 / (<<rate>> * 100 + 170))) %|" /etc/report
report
