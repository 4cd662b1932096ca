# Typed into the node line by line. Nothing here is a script. A stage begins and ends at the prompt of bash.
# stage: routers
nft add rule bridge guard forward iifname != uplink icmpv6 type nd-router-advert counter drop
# stage: servers
nft add rule bridge guard forward iifname != uplink udp dport 546 counter drop
# stage: disguise
nft add rule bridge guard forward iifname != uplink ip6 saddr fe80::/10 exthdr frag exists counter drop
