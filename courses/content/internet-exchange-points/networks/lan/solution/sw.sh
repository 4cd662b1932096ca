# stage: careless
true
# stage: filtered
nft -f /etc/peering.nft
