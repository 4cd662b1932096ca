# Typed into the node line by line. Nothing here is a script. A stage begins and ends at the prompt of bash.
# stage: theirs
vtysh
configure terminal
no bgp community-list standard WELL-KNOWN seq 15 permit graceful-shutdown
end
write memory
exit
