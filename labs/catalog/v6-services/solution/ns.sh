# stage: web
# Nothing to type here: this stage is the server's.
# stage: mail
# Nothing to type here either.
# stage: reverse
sed -i 's|^ *ip-address: .*|&\n    ip-address: <<site.net>>::53|' /etc/nsd/nsd.conf
service nsd restart
echo '5.2.0.0.0.0.0.0.0.0.0.0.0.0.0.0  PTR  mail.example.org.' >>/etc/nsd/zones/reverse6.zone
echo '0.8.0.0.0.0.0.0.0.0.0.0.0.0.0.0  PTR  www.example.org.' >>/etc/nsd/zones/reverse6.zone
sed -i 's|2026110101|2026110102|' /etc/nsd/zones/reverse6.zone && nsd-control reload <<site.reverse>>
# stage: names
echo 'www   AAAA  <<site.net>>::80' >>/etc/nsd/zones/example.org.zone
echo 'mail  AAAA  <<site.net>>::25' >>/etc/nsd/zones/example.org.zone
sed -i 's|2026110101|2026110102|' /etc/nsd/zones/example.org.zone
nsd-control reload example.org
# stage: sends
# Nothing to type here.
