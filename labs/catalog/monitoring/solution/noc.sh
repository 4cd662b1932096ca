# stage: agent
# Nothing to type here.
# stage: counters
i=$(for t in 1 2 3 4 5 6 7 8; do snmpwalk -r 0 -Oqn udp6:edge 1.3.6.1.2.1.31.1.1.1.1 | grep eth0 && break; sleep 1; done | grep -oE '[0-9]+ ' | tr -d ' ')
a=$(snmpget -Oqv udp6:edge 1.3.6.1.2.1.31.1.1.1.10.$i); sleep 13.5; b=$(snmpget -Oqv udp6:edge 1.3.6.1.2.1.31.1.1.1.10.$i)
echo "line out: $(( (b - a) * 8 / 13500 )) kbit/s" >>/etc/report; report
# stage: flows
nfcapd -D -w /var/flows -6 -b <<own:99::ff>> -p 2055 -t 5 -I edge
# stage: who
timeout 19 sh -c 'until [ $(ls /var/flows | grep -c nfcapd.2) -gt 2 ] && nfdump -q -R /var/flows "src net <<cust>>" | grep -q UDP; do sleep 1; done'
top=$(nfdump -q -R /var/flows -s srcip/bytes -n 1 -o csv 'src net <<cust>>' | tail -1)
echo "from: $(echo $top | cut -d, -f5)" >>/etc/report
echo "share: $(echo $top | cut -d, -f11)" >>/etc/report
echo "to: $(nfdump -q -R /var/flows -s dstip/bytes -n 1 -o csv 'src net <<cust>>' | tail -1 | cut -d, -f5)" >>/etc/report; report
