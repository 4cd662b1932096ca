# Typed into the node line by line. Nothing here is a script. A stage begins and ends at the prompt of bash.
# stage: up
ip link set eth1 up
# stage: way
ip -6 route del unreachable <<site:10::/64>>
# stage: listens
pkill -x nc
# stage: sends
# Nothing to type here: the program runs on pc.
# stage: log
mv /var/www/shop/prices.htm /var/www/shop/prices.html
