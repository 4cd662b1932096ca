# Typed into the node line by line. Nothing here is a script. A stage begins and ends at the prompt of bash.
# stage: three
ip addr flush dev eth0 scope global
ip addr add <<own4+129/27>> dev eth0
ip addr add <<own:5::1/64>> dev eth0
