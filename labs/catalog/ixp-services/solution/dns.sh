# Typed into the node line by line. Nothing here is a script. A stage begins and ends at the prompt of bash.
# stage: collector
# stage: glass
# stage: instance
ip -6 address add <<any6:0::53/128>> dev lo
ip address add <<any4+53/32>> dev lo
sed -i '/interface: 2001:db8:ee::53/a \    interface: <<any6:0::53>>' /etc/unbound/unbound.conf
sed -i '/interface: 2001:db8:ee::53/a \    interface: <<any4+53>>' /etc/unbound/unbound.conf && restart-dns
# stage: health
sed -i '/^well/,/^}/s/true/dig +short +tries=1 +time=1 @<<any6:0::53>> www.lagoon.example AAAA | grep -qx <<campus_net:80::80>>/' /etc/announce.conf
sed -i '/^announce/,/^}/s/true/birdc enable anycast_6; birdc enable anycast_4/' /etc/announce.conf
sed -i '/^withdraw/,/^}/s/true/birdc disable anycast_6; birdc disable anycast_4/' /etc/announce.conf
sed -i 's/^enabled=no/enabled=yes/' /etc/announce.conf
