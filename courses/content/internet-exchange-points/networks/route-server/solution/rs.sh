# stage: open
true
# stage: filtered
birdc 'configure "/etc/bird/filtered.conf"'
# stage: each
birdc 'configure "/etc/bird/each.conf"'
