# Typed into the node line by line. Nothing here is a script. A stage begins and ends at the prompt of bash.
# stage: addresses
ip -6 address add <<village.homes>>/64 dev eth0
ip -6 address add <<village.school>>/64 dev eth1
ip -6 address add <<village.loopback>>/128 dev lo
# stage: village
ip -6 route add blackhole <<village.all>>
