# Typed into the node line by line. Nothing here is a script. A stage begins and ends at the prompt of bash.
# stage: hand
ip addr add <<site:80::80>>/64 dev eth0
ip -6 route add default via <<site:80::1>>
# stage: boot
printf 'auto eth0\niface eth0 inet6 static\n    address <<site:80::80>>/64\n    gateway <<site:80::1>>\n' >>/etc/network/interfaces
# stage: names
echo nameserver <<site:53::53>> >/etc/resolv.conf
sed -i /collector/d /etc/hosts
# stage: other
# Nothing to type here: this is about pc.
