# Typed into the node line by line. Nothing here is a script. A stage begins and ends at the prompt of bash.
# stage: other
sed -i 's/gateway .*/gateway <<site:10::1>>/' /etc/network/interfaces
sed -i 's/^iface eth0/auto eth0\n&/' /etc/network/interfaces
ifup eth0
