# Typed into the node line by line. Nothing here is a script. A stage begins and ends at the prompt of bash.
# stage: address
# Nothing to type here: this is about bng.
# stage: prefix
sed -i 's/ia_na 1/&\n    ia_pd 2 lan\/0\/64/' /etc/dhcpcd.conf
restart-dhcpcd
printf 'enable-ra\ndhcp-range=::,constructor:lan,ra-only\n' >>/etc/dnsmasq.conf
restart-dnsmasq
# stage: route
# Nothing to type here: this is about bng.
# stage: same
# Nothing to type here: this is about bng.
