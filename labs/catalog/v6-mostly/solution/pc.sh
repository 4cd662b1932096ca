# stage: clat
echo 'option ipv6_only_preferred' >>/etc/dhcpcd.conf
rejoin
clatd </dev/null >/run/clatd.log 2>&1 &
