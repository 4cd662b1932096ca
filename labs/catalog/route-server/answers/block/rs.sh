# Typed into the node line by line. Nothing here is a script. A stage begins and ends at the prompt of bash.
# One condition, limits that count what arrives, and the options at each member.
# stage: transparent
cd /etc/bird
sed -i 's/^  neighbor .*/&\n  rs client;/' members/*.conf
sed -i 's/next hop self/next hop keep/' bird.conf
birdc configure
# stage: views
sed -i 's/^    export where/    secondary on;\n&/' members/*.conf
birdc configure
# stage: filters
sed -i 's/return true;/return net ~ listed \&\& bgp_path.first = asn \&\& bgp_next_hop = from \&\& !is_invalid();/' policy.conf
birdc configure
# stage: limit
sed -i 's/^    export where/    receive limit 25 action block;\n&/' members/*.conf
birdc configure
birdc restart harbour6; birdc restart harbour4
