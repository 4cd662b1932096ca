# Typed into the node line by line. Nothing here is a script. A stage begins and ends at the prompt of bash.
# stage: backup
vtysh
configure terminal
bgp community-list standard BACKUP seq 5 permit <<me>>:80
route-map CUSTOMER-ASKS permit 10
match community BACKUP
set local-preference 80
end
write memory
exit
# stage: steer
# stage: theirs
# stage: ours
