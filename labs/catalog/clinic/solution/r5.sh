# Typed into the node line by line. Nothing here is a script. A stage begins and ends at the prompt of bash.
# stage: three
ip addr add <<own4+129/27>> dev eth0
