# Typed into the node line by line. Nothing here is a script. A stage begins and ends at the prompt of bash.
# stage: neighbours
nft add rule ip6 filter input icmpv6 type '{ nd-router-solicit, nd-router-advert, nd-neighbor-solicit, nd-neighbor-advert, mld-listener-query, mld-listener-report, mld-listener-done, mld2-listener-report }' accept
# stage: errors
nft add rule ip6 filter forward icmpv6 type '{ destination-unreachable, packet-too-big, time-exceeded, parameter-problem, echo-request, echo-reply }' accept
nft add rule ip6 filter input icmpv6 type '{ destination-unreachable, packet-too-big, time-exceeded, parameter-problem, echo-request, echo-reply }' accept
