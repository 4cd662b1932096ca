# Typed into the node line by line. Nothing here is a script. A stage begins and ends at the prompt of bash.
# stage: sends
pkill -f report-backup
